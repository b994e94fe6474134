// The probe room as it really is: a row that the portal wrote, run once, written back line by line, stopped when asked.
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ExchangeSettings, exchangeDefaults } from "@/domain/exchange/schema";
import { beatProbe, claimProbe, endLostProbes } from "@/domain/probe/run";
import { sqlInTenant } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { hasSecret, putSecret } from "@/domain/secret/store";
import { ensurePrivateKey, type PrivateKeys, readPrivateKeys } from "@/lib/seal";
import { type TestDatabase, testDatabase } from "@/test/database";
import { certificate } from "@/test/servers/certificates";
import { type ExchangeOptions, type ExchangeServer, startExchange } from "@/test/servers/exchange";
import { makeProbeRoom } from "./probe";
import type { WorkerContext } from "./room";

let db: TestDatabase;
let keys: PrivateKeys;
let tenantId: string;
const folder = mkdtempSync(join(tmpdir(), "mailferry-probe-"));
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  db = await testDatabase();
  const own = await ensurePrivateKey(join(folder, "key"));
  keys = await readPrivateKeys(join(folder, "key"));
  await db.owner.prisma.siteKey.create({
    data: { keyId: own.keyId, site: "main", publicKey: new Uint8Array(own.publicKey) },
  });
  tenantId = (await db.owner.prisma.tenant.create({ data: { slug: "a", name: "A", timeZone: "UTC" } })).id;
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await db.drop();
});

const context = (hurry = new AbortController().signal): WorkerContext =>
  ({
    db: db.worker,
    workerId: randomUUID(),
    name: "ferry.provider.example",
    env: {
      sites: ["main"],
      allowNetworks: ["127.0.0.0/8"],
      denyNetworks: [],
      url: "",
      portalPort: 3000,
      mailFrom: "",
      leaseSeconds: 60,
      databaseSilenceSeconds: 120,
    },
    keys,
    log: pino({ level: "silent" }),
    clock: () => new Date(),
    stopping: new AbortController().signal,
    hurry,
    // The room reads nothing else of its context.
  }) as unknown as WorkerContext;

const settings = (server: ExchangeServer, over: Partial<ExchangeSettings> = {}): ExchangeSettings => ({
  ...exchangeDefaults,
  host: "127.0.0.1",
  port: server.port,
  timeoutSeconds: 5,
  postmaster: "postmaster@contoso.example",
  notify: { spam: true, unknownRecipient: false, badmail: true, collecting: true },
  ...over,
});
async function exchange(wish: Partial<ExchangeOptions> = {}) {
  const server = await startExchange(wish);
  closers.push(() => server.stop());
  return server;
}
const ask = (tested: ExchangeSettings, password: string, subjectId: string | null = null) =>
  db.owner.prisma.probe.create({
    data: {
      tenantId,
      kind: "exchange",
      subjectId,
      requestedBy: "Ann",
      input: { kind: "exchange", settings: tested, password },
    },
  });
const read = (id: string) => db.owner.prisma.probe.findFirstOrThrow({ where: { id } });
const scope = () => mintScope(db.worker, tenantId, { kind: "worker", workerId: randomUUID(), name: "w" });
const put = (rowId: string, text: string) =>
  sqlInTenant(scope(), (sql) => putSecret(sql, scope(), rowId, "password", text));

async function run(room = makeProbeRoom()) {
  await room.step(context());
  await room.drain?.();
}

describe("the probe room", () => {
  it("runs a test once, with its lines in order and its verdict", async () => {
    const server = await exchange();
    const probe = await ask(settings(server), "none");
    await Promise.all([run(), run()]);
    expect(await read(probe.id)).toMatchObject({
      state: "done",
      worker: "ferry.provider.example",
      verdict: { ok: true },
    });
    expect(server.mails).toHaveLength(2);
    const lines = await db.owner.prisma.probeLine.findMany({ where: { probeId: probe.id }, orderBy: { n: "asc" } });
    expect(lines.map(({ n }) => n)).toEqual(lines.map((_, index) => index + 1));
    expect(lines.map(({ ms }) => ms)).toEqual(lines.map(({ ms }) => ms).toSorted((a, b) => a - b));
    expect(lines.map(({ text }) => text)).toContain("Exchange took it");
  });

  it("of notices also reaches who is told beside the postmaster, but nobody whose domain is not collected for", async () => {
    const server = await exchange();
    await db.owner.prisma.exchange.create({
      data: { tenantId, host: "mail.contoso.example", postmaster: "postmaster@contoso.example" },
    });
    await db.owner.pool.query(
      `insert into notice_receiver (tenant_id, address, kinds) values ($1, 'ann@contoso.example', '{spam}'),
         ($1, 'postmaster@contoso.example', '{spam}'), ($1, 'ben@gone.example', '{spam}')`,
      [tenantId],
    );
    const input = { kind: "exchange", settings: settings(server), password: "none", receivers: true };
    const probe = await db.owner.prisma.probe.create({
      data: { tenantId, kind: "exchange", requestedBy: "Ann", input },
    });
    await run();
    expect(await read(probe.id)).toMatchObject({ state: "done", verdict: { ok: true, facts: { receiversTried: 1 } } });
    expect(server.mails.map(({ recipients }) => recipients.join())).toEqual([
      "postmaster@contoso.example",
      "postmaster@contoso.example",
      "ann@contoso.example",
    ]);
    await db.owner.prisma.exchange.deleteMany();
  });

  it("takes a typed password from its seal, shows it nowhere, and removes it", async () => {
    const own = await certificate();
    const server = await exchange({
      tls: "starttls",
      certificate: own,
      auth: ["LOGIN"],
      users: { ferry: "typed-secret" },
    });
    const signedIn = { username: "ferry", tls: "require", certificate: `sha256:${own.fingerprint}` } as const;
    const probe = await ask(settings(server, signedIn), "typed");
    await put(probe.id, "typed-secret");
    await run();
    const done = await read(probe.id);
    expect(done).toMatchObject({ state: "done", verdict: { ok: true } });
    expect(server.mails[0]?.user).toBe("ferry");
    const lines = await db.owner.prisma.probeLine.findMany({ where: { probeId: probe.id } });
    expect(JSON.stringify([done, lines])).not.toMatch(/typed-secret|dHlwZWQtc2VjcmV0/);
    expect(await sqlInTenant(scope(), (sql) => hasSecret(sql, scope(), probe.id, "password"))).toBe(false);
  });

  it("uses a stored password only where it was saved for", async () => {
    const own = await certificate();
    const server = await exchange({
      tls: "starttls",
      certificate: own,
      auth: ["LOGIN"],
      users: { ferry: "stored-secret" },
    });
    const other = await exchange({
      tls: "starttls",
      certificate: own,
      auth: ["LOGIN"],
      users: { ferry: "stored-secret" },
    });
    const saved = settings(server, { username: "ferry", tls: "require", certificate: `sha256:${own.fingerprint}` });
    const row = await db.owner.prisma.exchange.create({
      data: {
        tenantId,
        host: saved.host,
        port: saved.port,
        tls: saved.tls,
        certificate: saved.certificate,
        username: "ferry",
        postmaster: saved.postmaster,
      },
    });
    await put(row.id, "stored-secret");
    const right = await ask(saved, "stored", row.id);
    const wrong = await ask({ ...saved, port: other.port }, "stored", row.id);
    await run();
    expect(await read(right.id)).toMatchObject({ state: "done", verdict: { ok: true } });
    expect(await read(wrong.id)).toMatchObject({ state: "failed", verdict: { ok: false, field: "password" } });
    expect(other.connections.total).toBe(0);
  });

  it("stops when a person asks, while Exchange is still thinking", async () => {
    const server = await exchange({ dotDelayMs: 60_000 });
    const probe = await ask(settings(server), "none");
    const room = makeProbeRoom();
    await room.step(context());
    await expect.poll(() => server.commands.includes("DATA"), { timeout: 5000 }).toBe(true);
    await db.owner.prisma.probe.updateMany({ where: { id: probe.id }, data: { stopRequested: true } });
    await room.drain?.();
    expect(await read(probe.id)).toMatchObject({ state: "stopped", verdict: { ok: false } });
  });

  it("a worker that is ended in the middle gives no verdict", async () => {
    const server = await exchange({ dotDelayMs: 60_000 });
    const probe = await ask(settings(server), "none");
    const room = makeProbeRoom();
    const hurry = new AbortController();
    await room.step(context(hurry.signal));
    await expect.poll(() => server.commands.includes("DATA"), { timeout: 5000 }).toBe(true);
    hurry.abort();
    await room.drain?.();
    expect(await read(probe.id)).toMatchObject({
      state: "failed",
      verdict: { ok: false, sentence: expect.stringMatching(/ended in the middle/) },
    });
  });

  it("ends a test whose worker died, and one that nobody took in time", async () => {
    const server = await exchange();
    const dead = await ask(settings(server), "none");
    const claimed = await claimProbe(db.worker, { sites: ["main"], worker: "w", leaseSeconds: 60 });
    expect(claimed?.id).toBe(dead.id);
    await db.owner.pool.query("update probe set lease_until = now() - interval '1 second' where id = $1", [dead.id]);
    const late = await ask(settings(server), "none");
    await db.owner.pool.query("update probe set requested_at = now() - interval '11 minutes' where id = $1", [late.id]);
    await put(late.id, "left-behind");
    expect(await endLostProbes(db.worker)).toBe(2);
    expect(await read(dead.id)).toMatchObject({ state: "failed", verdict: { ok: false } });
    expect(await read(late.id)).toMatchObject({ state: "failed" });
    expect(await sqlInTenant(scope(), (sql) => hasSecret(sql, scope(), late.id, "password"))).toBe(false);
    expect(claimed && (await beatProbe(db.worker, claimed, 60))).toEqual({ mine: false, stop: true });
    expect(await claimProbe(db.worker, { sites: ["elsewhere"], worker: "w", leaseSeconds: 60 })).toBeNull();
  });
});
