// After an import: what is stopped and what is in it by the newest look; starting takes those and nothing else.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { askProbe } from "@/domain/probe/ask";
import { askLooks, mostLooks } from "@/domain/probe/ask-looks";
import { claimProbe, endLostProbes } from "@/domain/probe/run";
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
  await db.owner.prisma.probe.deleteMany();
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
    expect(await askLooks(ours)).toEqual({ asked: 2, left: 0 });
    expect((await stoppedMailboxes(ours)).map(({ look }) => look?.going)).toEqual(["waiting", "waiting", undefined]);
    await expect(askLooks(ours)).rejects.toThrow(/being looked into/);
    // Ten tests of settings are still possible: these are none.
    for (let n = 0; n < 10; n += 1) await askProbe(ours, "admin", exchangeAsk);
    await runAll();
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

/** All that waits: what a bound holds back comes in a later step. */
async function runAll() {
  const room = makeProbeRoom();
  await expect
    .poll(
      async () => {
        await room.step(context);
        return db.owner.prisma.probe.count({ where: { state: { in: ["waiting", "running"] } } });
      },
      { timeout: 30_000 },
    )
    .toBe(0);
  await room.drain?.();
}

it("a round has a bound, and the next one takes those that nobody has looked into", async () => {
  for (let n = 0; n < mostLooks + 2; n += 1) await stopped(`box-${String(n).padStart(2, "0")}`);
  expect(await askLooks(ours)).toEqual({ asked: mostLooks, left: 2 });
  await db.owner.pool.query(
    "update probe set state = 'done', verdict = '{}', requested_at = now() - interval '1 hour' where tenant_id = $1",
    [ours.tenantId],
  );
  const unseen = (await stoppedMailboxes(ours)).filter(({ look }) => !look).map(({ id }) => id);
  expect(unseen).toHaveLength(2);
  expect(await askLooks(ours)).toEqual({ asked: mostLooks, left: 2 });
  const second = await db.owner.prisma.probe.findMany({ where: { tenantId: ours.tenantId, state: "waiting" } });
  expect(second.map(({ subjectId }) => subjectId)).toEqual(expect.arrayContaining(unseen));
});

it("looks of one tenant go two at a time, tests of settings before them, and other tenants' beside them", async () => {
  for (const name of ["a", "b", "c"]) await stopped(name);
  await askLooks(ours);
  const claim = (looks = true) => claimProbe(db.worker, { sites: ["main"], worker: "w", leaseSeconds: 60, looks });
  await askProbe(ours, "admin", exchangeAsk);
  expect(await claim(false)).toMatchObject({ input: { kind: "exchange" } });
  expect(await claim(false)).toBeNull();
  await askProbe(ours, "admin", exchangeAsk);
  expect(await claim()).toMatchObject({ input: { kind: "exchange" } });
  const both = await Promise.all([claim(), claim()]);
  const more = both.some((one) => one === null) ? await claim() : null;
  const first = [...both, more].filter((one) => one !== null);
  expect(first).toHaveLength(2);
  expect(await claim()).toBeNull();
  const other = await makeMailbox(db, theirs.tenantId, { name: "other", port: 1 });
  await db.owner.pool.query(
    "update mailbox_state set state = 'stopped', reason_kind = 'imported' where mailbox_id = $1",
    [other],
  );
  await givePassword(db, theirs.tenantId, other, "secret");
  await askLooks(theirs);
  expect(await claim()).toMatchObject({ tenantId: theirs.tenantId, subjectId: other });
  await db.owner.pool.query("update probe set state = 'done' where id = $1", [first[0]?.id]);
  expect(await claim()).toMatchObject({ tenantId: ours.tenantId });
});

it.each([
  ["waits for its turn longer than a test may", "waiting", null, "76 minutes", ""],
  ["had no turn", "waiting", null, "121 minutes", "Its turn did not come within two hours."],
  ["lost its worker", "running", null, "1 minute", /stopped in the middle/],
  [
    "had silence",
    "done",
    { ok: false, sentence: "No answer.", facts: { kind: "unreachable", why: "timeout" } },
    "1 minute",
    "No answer.",
  ],
  [
    "met another session",
    "done",
    { ok: false, sentence: "Busy.", field: "username", facts: { kind: "busy" } },
    "1 minute",
    "Busy.",
  ],
])(
  "a look that %s says nothing about the mailbox, which can be started",
  async (_case, state, verdict, ago, unknown) => {
    await stopped("quiet");
    await askLooks(ours);
    await db.owner.pool.query(
      `update probe set state = $2, verdict = $3, requested_at = now() - $4::interval, lease_until = now() - interval '1 s'
     where tenant_id = $1`,
      [ours.tenantId, state, verdict && JSON.stringify(verdict), ago],
    );
    await endLostProbes(db.worker);
    const [row] = await stoppedMailboxes(ours);
    expect(row?.look).toMatchObject({ fault: "", unknown: unknown === "" ? "" : expect.stringMatching(unknown) });
    expect(row?.look?.going).toBe(unknown === "" ? "waiting" : false);
    expect(row && canStart(row)).toBe(true);
  },
);

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
