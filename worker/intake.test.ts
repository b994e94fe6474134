// What becomes of a collected mail's bytes: added lines, envelope sender, hashes, loops. Read back from the database.
import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { readBody } from "@/domain/message/body";
import { makeWorker, makeWorld } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type Pop3Server, startPop3 } from "@/test/servers/pop3";
import { takeIn } from "./intake";
import type { WorkerContext } from "./room";

let db: TestDatabase;
let context: WorkerContext;
const servers: Pop3Server[] = [];
beforeAll(async () => {
  db = await testDatabase();
  context = await makeWorker(db);
});
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
afterAll(() => db.drop());

/** Collects this one mail, and returns its row with its stored bytes. */
async function collected(bytes: string) {
  const server = await startPop3({ users: { box: "secret" } });
  servers.push(server);
  server.add("box", bytes);
  const w = await makeWorld(db, context, server);
  await w.poll();
  const [row] = await w.rows(
    `select m.*, b.prefix_length, b.header_length, encode(b.canonical_hash, 'hex') as canonical,
       encode(b.header_hash, 'hex') as header, encode(b.content_hash, 'hex') as content,
       encode(i.canonical_hash, 'hex') as known
     from mail m join body b on b.id = m.body_id join identity i on i.mail_id = m.id where m.tenant_id = $1`,
  );
  const parts: Buffer[] = [];
  for await (const part of readBody(db.worker, w.tenant.tenantId, row.body_id)) parts.push(part);
  const stored = Buffer.concat(parts).toString("latin1");
  return { row, added: stored.slice(0, row.prefix_length), rest: stored.slice(row.prefix_length) };
}
const sha = (text: string) => createHash("sha256").update(Buffer.from(text, "latin1")).digest("hex");

test("a mail that never ends is given up, and nothing of it stays", async () => {
  const server = await startPop3({ users: { box: "secret" } });
  servers.push(server);
  const w = await makeWorld(db, context, server);
  async function* endless() {
    yield Buffer.from("Subject: x\r\n\r\n");
    for (;;) yield Buffer.alloc(64 * 1024, "a");
  }
  const source = { host: "pop.example", protocol: "pop3", tls: "off" } as const;
  const about = { db: db.worker, tenantId: w.tenant.tenantId, name: "x.example", installation: "i", source };
  const spot = { epoch: "", uid: "1", size: 10 };
  const taken = takeIn(endless(), spot, null, { ...about, now: new Date(), mostBytes: 3 * 1024 * 1024 });
  await expect(taken).rejects.toThrow(/did not end/);
  expect(await w.rows("select 1 from body where tenant_id = $1")).toEqual([]);
});

test("one Received line is added in front, and nothing else where there is a Message-ID", async () => {
  const { added } = await collected("Message-ID: <1@out.example>\r\nSubject: x\r\n\r\ny\r\n");
  expect(added).toMatch(
    /^Received: from \[127\.0\.0\.1\]\r\n\tby ferry\.provider\.example \(Mailferry inst-1\) with POP3\r\n\tid \S+; [^\r\n]+\r\n$/,
  );
});

test("a Message-ID of ours is added where there is none, and marked as ours", async () => {
  const { added, row } = await collected("Subject: x\r\n\r\ny\r\n");
  expect(added).toMatch(/^Received: [\s\S]+\r\nMessage-ID: <[0-9a-f-]+@ferry\.provider\.example>\r\n$/);
  expect(added).toContain(`Message-ID: ${row.message_id}\r\n`);
  expect(row.own_message_id).toBe(true);
});

test("the three hashes are of the canonical bytes behind what was added", async () => {
  const trace = "Return-Path: <a@out.example>\r\nReceived: from x\r\n\tby y; Tue, 24 Nov 2026 02:00:00 +0000\r\n";
  const { row, rest } = await collected(`${trace}Subject: \xe4\nX: 1\r\n\r\nbare\rends\n\0 and no last`);
  const canonical = `${trace}Subject: \xe4\r\nX: 1\r\n\r\nbare\r\nends\r\n\0 and no last\r\n`;
  expect(rest).toBe(canonical);
  expect(row.canonical).toBe(sha(canonical));
  expect(row.known).toBe(row.canonical);
  expect(row.header).toBe(sha(`${trace}Subject: \xe4\r\nX: 1\r\n`));
  expect(row.content).toBe(sha(canonical.slice(trace.length)));
});

test.each([
  [
    "the topmost Return-Path",
    "Return-Path: <top@out.example>\r\nReturn-Path: <low@out.example>\r\n",
    "top@out.example",
  ],
  ["the null sender stays it", "Return-Path: <>\r\n", ""],
  ["From, where there is no Return-Path", "", "from@out.example"],
])("envelope sender: %s", async (_name, lines, sender) => {
  const { row } = await collected(`${lines}From: F <from@out.example>\r\nSubject: x\r\n\r\ny\r\n`);
  expect(row.sender).toBe(sender);
});

test("an unreadable From and no Return-Path: the null sender", async () => {
  expect((await collected("From: who knows\r\n\r\ny\r\n")).row.sender).toBe("");
});

const own = "Received: from a by b (Mailferry inst-1) with POP3 id x; Tue, 24 Nov 2026 02:00:00 +0000\r\n";
const other = "Received: from a by b; Tue, 24 Nov 2026 02:00:00 +0000\r\n";
test.each([
  ["our own line twice", own.repeat(2), "waiting"],
  ["our own line three times", own.repeat(3), "held"],
  ["another installation's line three times", own.repeat(3).replaceAll("inst-1", "inst-2"), "waiting"],
  ["49 lines", other.repeat(49), "waiting"],
  ["50 lines", other.repeat(50), "held"],
])("loops: %s", async (_name, lines, place) => {
  const { row } = await collected(`${lines}Subject: x\r\n\r\ny\r\n`);
  expect(row).toMatchObject({ place, reason_kind: place === "held" ? "loop" : null });
});
