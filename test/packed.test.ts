// What the build made, as a browser gets it: packed as it can read, for ever under its name, and nothing beside it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pack, packedFiles } from "@/cli/packed.mjs";

const script = `export const words = "${"mail ".repeat(500)}";\n`;
const folder = mkdtempSync(join(tmpdir(), "mailferry-packed-"));
let port = 0;
let close = () => {};

beforeAll(async () => {
  mkdirSync(join(folder, "static", "chunks"), { recursive: true });
  writeFileSync(join(folder, "static", "chunks", "one.js"), script);
  writeFileSync(join(folder, "static", "chunks", "small.js"), "1;\n");
  writeFileSync(join(folder, "static", "chunks", "gone.js"), script);
  writeFileSync(join(folder, "secret.js"), script);
  pack(join(folder, "static"));
  const files = await packedFiles(join(folder, "static"));
  const server = createServer((request, response) =>
    files(request, response, () => {
      response.statusCode = 404;
      response.end(`next got ${request.url}`);
    }),
  );
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  port = (server.address() as AddressInfo).port;
  close = () => server.close();
});
afterAll(() => {
  close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (path: string, accepts = "", range = "") =>
  new Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }>((done, failed) => {
    const headers = { ...(accepts ? { "accept-encoding": accepts } : {}), ...(range ? { range } : {}) };
    get({ port, host: "127.0.0.1", path, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () =>
        done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      );
    }).on("error", failed);
  });

test("each reader gets the smallest form that it can read", async () => {
  const best = await ask("/_next/static/chunks/one.js", "gzip, deflate, br, zstd");
  expect(best.headers["content-encoding"]).toBe("br");
  expect(brotliDecompressSync(best.body).toString()).toBe(script);
  expect(best.body.length).toBeLessThan(script.length / 10);
  const older = await ask("/_next/static/chunks/one.js", "gzip");
  expect(older.headers["content-encoding"]).toBe("gzip");
  expect(gunzipSync(older.body).toString()).toBe(script);
  const plain = await ask("/_next/static/chunks/one.js");
  expect(plain.headers["content-encoding"]).toBeUndefined();
  expect(plain.body.toString()).toBe(script);
  const small = await ask("/_next/static/chunks/small.js", "br");
  expect(small.body.toString()).toBe("1;\n");
});

test("a name is for ever, its type is said, and no browser guesses another", async () => {
  const { headers } = await ask("/_next/static/chunks/one.js", "br");
  expect(headers["cache-control"]).toBe("public,max-age=31536000,immutable");
  expect(headers["content-type"]).toMatch(/javascript/);
  expect(headers["x-content-type-options"]).toBe("nosniff");
  expect(headers.vary).toBe("Accept-Encoding");
});

test("what is not there, and what lies beside it, is not given out", async () => {
  for (const path of [
    "/_next/static/chunks/two.js",
    "/_next/static/../secret.js",
    "/_next/static/%2e%2e/secret.js",
    "/x",
  ]) {
    const { status, body } = await ask(path);
    expect(status).toBe(404);
    expect(body.toString()).toBe(`next got ${path}`);
  }
});

test.each(["bytes=10-5", "bytes=-5", "bytes=99999-", "bytes=a-b"])(
  "asked for %s, it gives the whole file",
  async (range) => {
    const { status, body } = await ask("/_next/static/chunks/one.js", "", range);
    expect(status).toBe(200);
    expect(body.toString()).toBe(script);
  },
);

test("a file that is gone since the start ends its own answer only", async () => {
  rmSync(join(folder, "static", "chunks", "gone.js"));
  await expect(ask("/_next/static/chunks/gone.js")).rejects.toThrow();
  expect((await ask("/_next/static/chunks/one.js")).status).toBe(200);
});
