// After an import: what is stopped and what is in it by the newest look; starting takes those and nothing else.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { askProbe } from "@/domain/probe/ask";
import { askLooks } from "@/domain/probe/ask-looks";
import type { TenantScope } from "@/domain/scope";
import { givePassword, makeMailbox, makeTenant, makeWorker, personScope } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { startPop3 } from "@/test/servers/pop3";
import { makeProbeRoom } from "@/worker/probe";
import type { WorkerContext } from "@/worker/room";
import { canStart, startImported, stoppedMailboxes } from "./stopped";
import { readMailbox } from "./store";

let db: TestDatabase;
let context: WorkerContext;
let ours: TenantScope;
let theirs: TenantScope;

beforeAll(async () => {
  db = await testDatabase();
  context = await makeWorker(db);
});
afterAll(() => db.drop());
beforeEach(async () => {
  ours = personScope(db, (await makeTenant(db)).tenantId);
  theirs = personScope(db, (await makeTenant(db)).tenantId);
});

async function stopped(name: string, kind = "imported", port = 1, withPassword = true): Promise<string> {
  const id = await makeMailbox(db, ours.tenantId, { name, port, username: name });
  await db.owner.pool.query(
    "update mailbox_state set state = 'stopped', reason_kind = $2, reason = 'x', due_at = null where mailbox_id = $1",
    [id, kind],
  );
  if (withPassword) await givePassword(db, ours.tenantId, id, "secret");
  return id;
}
const stateOf = async (id: string) => (await readMailbox(ours, id))?.state;

it("lists what an import stopped, and looks into each that has a password, by its own account", async () => {
  const server = await startPop3({ users: { good: "secret" } });
  try {
    const old = "Received: from a by b; Mon, 02 Nov 2026 08:00:00 +0000\r\n";
    server.add("good", `${old}Subject: One\r\n\r\nx\r\n`);
    server.add("good", "Received: from a by b; Tue, 03 Nov 2026 08:00:00 +0000\r\nSubject: Two\r\n\r\nx\r\n");
    await stopped("good", "imported", server.port);
    await stopped("gone", "imported", 1);
    await stopped("lacks", "no-password", server.port, false);
    await stopped("renumbered", "renumbered", server.port);
    expect((await stoppedMailboxes(ours)).map(({ name, look }) => [name, look])).toEqual([
      ["gone", null],
      ["good", null],
      ["lacks", null],
    ]);
    expect(await askLooks(ours)).toEqual({ asked: 2 });
    expect((await stoppedMailboxes(ours)).map(({ look }) => look?.going)).toEqual([true, true, undefined]);
    await expect(askLooks(ours)).rejects.toThrow(/being looked into/);
    // Ten tests of settings are still possible: these are none.
    for (let n = 0; n < 10; n += 1) await askProbe(ours, "admin", exchangeAsk);
    const room = makeProbeRoom();
    await room.step(context);
    await room.drain?.();
    const [gone, good, lacks] = await stoppedMailboxes(ours);
    expect(good?.look).toMatchObject({
      going: false,
      fault: "",
      count: 2,
      oldest: new Date("2026-11-02T08:00:00Z"),
      newest: new Date("2026-11-03T08:00:00Z"),
    });
    expect(gone?.look?.fault).toMatch(/127\.0\.0\.1/);
    expect([gone, good, lacks].map((row) => row && canStart(row))).toEqual([false, true, false]);
    expect(server.commands.filter((line) => /^(RETR|DELE|QUIT)/i.test(line))).toEqual([]);
    expect(await stoppedMailboxes(theirs)).toEqual([]);
  } finally {
    await server.close();
  }
});

const exchangeAsk = {
  kind: "exchange",
  settings: {
    host: "127.0.0.1",
    port: 1,
    tls: "allow",
    certificate: "any",
    certificateName: "",
    oldestTls: "1.2",
    timeoutSeconds: 5,
    retryMinutes: 10,
    giveUpAfterHours: 120,
    heloDomain: "",
    username: "",
    maxConnections: 5,
    paused: false,
    uncertain: "resend",
    postmaster: "postmaster@contoso.example",
    notify: { spam: false, unknownRecipient: false, badmail: false, collecting: false },
  },
} as const;

it("starts those that were shown, with an audit entry each, and no other", async () => {
  const first = await stopped("first");
  const second = await stopped("second");
  const lacks = await stopped("lacks", "no-password", 1, false);
  const renumbered = await stopped("renumbered", "renumbered");
  expect(await startImported(ours, [first, lacks, renumbered])).toEqual({ started: 1 });
  expect(await Promise.all([first, second, lacks, renumbered].map(stateOf))).toEqual([
    "active",
    "stopped",
    "stopped",
    "stopped",
  ]);
  expect((await readMailbox(ours, first))?.nextPollAt).not.toBeNull();
  const entries = await db.owner.prisma.audit.findMany({ where: { tenantId: ours.tenantId, action: "mailbox.start" } });
  expect(entries.map(({ target }) => target)).toEqual(["first"]);
  await expect(startImported(ours, [first])).rejects.toThrow(/None of these mailboxes is stopped any more/);
});

it("another tenant's ids start nothing", async () => {
  const id = await stopped("first");
  await expect(startImported(theirs, [id])).rejects.toThrow(/None of these/);
  expect(await stateOf(id)).toBe("stopped");
  await expect(askLooks(theirs)).rejects.toThrow(/No mailbox with a password/);
});
