// The portal's answers on the wire: compressed as the reader can read, sent together where they were written together, and
// never held back while their writer waits.
import { createServer, get, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as rest } from "node:timers/promises";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { compressed } from "@/cli/answers.mjs";

type Handle = (request: IncomingMessage, response: ServerResponse) => unknown;
const closes: (() => unknown)[] = [];
afterEach(() => Promise.all(closes.splice(0).map((close) => close())));

async function served(handle: Handle): Promise<number> {
  const answer = await compressed(handle);
  const server = createServer((request, response) => answer(request, response));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  closes.push(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  return (server.address() as AddressInfo).port;
}

interface Came {
  headers: IncomingHttpHeaders;
  parts: Buffer[];
}

const open = (port: number, accepts: string) =>
  new Promise<IncomingMessage>((done, failed) =>
    get({ port, host: "127.0.0.1", headers: { "accept-encoding": accepts } }, done).on("error", failed),
  );

async function ask(port: number, accepts = ""): Promise<Came> {
  const response = await open(port, accepts);
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part);
  return { headers: response.headers, parts };
}

const line = "a line of a page that has many of them\n";
const page: Handle = (_request, response) => {
  response.setHeader("content-type", "text/html");
  for (let n = 0; n < 200; n++) response.write(n % 2 ? line : Buffer.from(line));
  response.end("the end");
};

test("what was written together is sent together, in the best form that its reader can read", async () => {
  const port = await served(page);
  const whole = `${line.repeat(200)}the end`;
  const plain = await ask(port);
  expect(Buffer.concat(plain.parts).toString()).toBe(whole);
  expect(plain.headers["content-encoding"]).toBeUndefined();
  const best = await ask(port, "gzip, deflate, br");
  expect(best.headers).toMatchObject({ "content-encoding": "br", vary: "Accept-Encoding" });
  expect(brotliDecompressSync(Buffer.concat(best.parts)).toString()).toBe(whole);
  const older = await ask(port, "gzip");
  expect(older.headers["content-encoding"]).toBe("gzip");
  expect(gunzipSync(Buffer.concat(older.parts)).toString()).toBe(whole);
  // Each of 201 would be sent by itself.
  expect(older.parts.length).toBeLessThan(4);
});

test.each(["", "gzip"])("a part is not held back while its writer waits (%s)", async (accepts) => {
  let goOn = () => {};
  const port = await served(async (_request, response) => {
    response.setHeader("content-type", "text/html");
    response.write(line.repeat(50));
    await new Promise<void>((done) => {
      goOn = done;
    });
    response.end("the end");
  });
  const response = await open(port, accepts);
  const parts: Buffer[] = [];
  for await (const part of response) {
    // Its head and body can be two parts; the writer goes on only when something came.
    parts.push(part);
    goOn();
  }
  const all = Buffer.concat(parts);
  expect((accepts ? gunzipSync(all) : all).toString()).toBe(`${line.repeat(50)}the end`);
});

test("whoever writes faster than somebody reads is told to wait, and goes on when there is room", async () => {
  const chunk = Buffer.alloc(64 * 1024, 120);
  const wish = 400;
  let written = 0;
  const port = await served(async (_request, response) => {
    response.setHeader("content-type", "application/octet-stream");
    for (; written < wish; written++) {
      const room = response.write(chunk);
      if (room) await rest(0);
      else await new Promise<void>((done) => response.once("drain", () => done()));
    }
    response.end();
  });
  const response = await open(port, "");
  await rest(300);
  const before = written;
  expect(before).toBeLessThan(wish);
  let octets = 0;
  for await (const part of response) octets += (part as Buffer).length;
  expect(octets).toBe(wish * chunk.length);
});

test("a reader who leaves ends nothing but their answer", async () => {
  let left = () => {};
  const gone = new Promise<void>((done) => {
    left = done;
  });
  const port = await served(async (_request, response) => {
    response.setHeader("content-type", "text/html");
    response.on("close", left);
    response.write(line.repeat(100));
    await gone;
    response.write(line);
    await rest(20);
    response.end(line);
  });
  const response = await open(port, "gzip");
  response.destroy();
  await gone;
  await rest(60);
  const other = await served(page);
  expect((await ask(other)).parts.length).toBeGreaterThan(0);
});
