// Waiting mail in a person's hands, on a real Postgres with the portal's own role.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { decide, letGoOn } from "@/domain/message/decide";
import { mailGroups } from "@/domain/message/groups";
import type { TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { makeTenant, type World } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { makeMail } from "@/test/mails";
import { countWaiting, holdMails, tryMailsNow } from "./hold";
import { waitingMails } from "./waiting";

let db: TestDatabase;
let world: World;
let ours: TenantScope;
let theirs: TenantScope;
const actor = { kind: "person", personId: randomUUID(), name: "Olaf" } as const;

beforeAll(async () => {
  db = await testDatabase();
});
beforeEach(async () => {
  world = await makeTenant(db);
  ours = mintScope(db.web, world.tenantId, actor);
  theirs = mintScope(db.web, (await makeTenant(db)).tenantId, actor);
});
afterAll(() => db.drop());

const waiting = (columns: Record<string, unknown> = {}, address = "a@contoso.example") =>
  makeMail(db.worker, world, { to: [[address, "waiting"]], mail: { state: "ready", ...columns } });
const mail = async (id: string) => db.owner.prisma.mail.findFirstOrThrow({ where: { id } });
const recipients = async (id: string) =>
  db.owner.prisma.recipient.findMany({ where: { mailId: id }, orderBy: { address: "asc" } });

test("what is held leaves the queue whole, says who and why, and goes on when it is released", async () => {
  const id = await makeMail(db.worker, world, {
    to: [
      ["a@contoso.example", "waiting"],
      ["b@contoso.example", "delivered", "2.6.0 Queued"],
    ],
    mail: { state: "ready", subject: "Wait" },
  });
  expect(await holdMails(ours, { ids: [id] }, "the customer asks")).toMatchObject({ done: [id], failed: [] });
  expect(await mail(id)).toMatchObject({ place: "held", state: "settled" });
  expect((await recipients(id)).map(({ place }) => place)).toEqual(["held", "delivered"]);
  expect((await waitingMails(ours)).rows).toEqual([]);
  expect(await mailGroups(ours)).toMatchObject([
    { place: "held", reasonKind: "person", detail: "Olaf holds it: the customer asks", mails: 1 },
  ]);
  const events = await db.owner.prisma.mailEvent.findMany({ where: { mailId: id } });
  expect(events).toMatchObject([{ kind: "hold", who: "Olaf", text: "Olaf holds it: the customer asks" }]);
  const audit = await db.owner.prisma.audit.findMany({ where: { tenantId: world.tenantId } });
  expect(audit).toMatchObject([{ action: "queue.hold", target: "Wait", who: "Olaf", targetId: id }]);

  await decide(ours, { ids: [id] }, { do: "send-again" });
  expect(await mail(id)).toMatchObject({ place: "waiting", state: "ready" });
  expect((await recipients(id)).map(({ place, reason }) => [place, reason])).toEqual([
    ["waiting", null],
    ["delivered", null],
  ]);
});

test("letting it go on undoes the person's own hold: what a rule or somebody else holds, and BADMAIL, stay", async () => {
  const id = await makeMail(db.worker, world, {
    to: [
      ["a@contoso.example", "waiting"],
      ["b@contoso.example", "held"],
      ["c@contoso.example", "badmail"],
    ],
    mail: { state: "ready" },
  });
  await db.owner.pool.query("update recipient set reason_kind = 'rule', reason = 'Invoices' where address like 'b@%'");
  const others = await waiting();
  // A namesake is somebody else, and who has a new name is not.
  await holdMails(mintScope(db.web, world.tenantId, { ...actor, personId: randomUUID() }), { ids: [others] }, "");
  await holdMails(ours, { ids: [id] }, "");
  const released = await letGoOn(mintScope(db.web, world.tenantId, { ...actor, name: "Olaf B." }), [id, others]);
  expect(released.done).toEqual([id]);
  expect(released.failed).toMatchObject([{ id: others, message: expect.stringContaining("You don’t hold this mail") }]);
  expect((await recipients(id)).map(({ place }) => place)).toEqual(["waiting", "held", "badmail"]);
  expect(await mail(id)).toMatchObject({ place: "waiting", state: "ready" });
  expect(await mail(others)).toMatchObject({ place: "held" });
  const entry = await db.owner.prisma.audit.findMany({ where: { targetId: id, action: "queue.release" } });
  expect(entry).toMatchObject([
    { changes: { recipients: { from: ["a@contoso.example"], to: "Goes on to a@contoso.example." } } },
  ]);
  expect((await letGoOn(theirs, [id])).done).toEqual([]);
  expect((await letGoOn(ours, [id])).done).toEqual([]);
});

test.each([
  ["received", "being routed"],
  ["sending", "goes to its end"],
  ["uncertain", "may have this mail already"],
])("one that is %s is not held, and the answer says why; the others are", async (state, words) => {
  const [busy, free] = [await waiting({ state }), await waiting()];
  const decided = await holdMails(ours, { ids: [busy, free] }, "");
  expect(decided.done).toEqual([free]);
  expect(decided.failed).toMatchObject([{ id: busy, message: expect.stringContaining(words) }]);
  expect(await mail(busy)).toMatchObject({ place: "waiting", state });
});

test("all that wait are held in parts, and none that came after they were counted", async () => {
  const ids = [await waiting(), await waiting(), await waiting()];
  const counted = await countWaiting(ours);
  expect(counted.mails).toBe(3);
  const late = await waiting();
  const first = await holdMails(ours, { all: true }, "", { until: counted.until, limit: 2 });
  expect(first).toMatchObject({ done: ids.slice(0, 2), left: 1 });
  const rest = await holdMails(ours, { all: true }, "", { after: first.next ?? 0, until: counted.until });
  expect(rest).toMatchObject({ done: ids.slice(2), left: 0, next: null });
  expect((await waitingMails(ours)).rows.map(({ id }) => id)).toEqual([late]);
});

test("the chosen ones are due now, and nothing else is", async () => {
  const later = new Date("2099-01-01T00:00:00Z");
  const [one, other] = [await waiting({ next_attempt_at: later }), await waiting({ next_attempt_at: later })];
  expect(await tryMailsNow(ours, [one])).toEqual({ mails: 1 });
  expect((await mail(one)).nextAttemptAt?.getTime()).toBeLessThan(later.getTime());
  expect((await mail(other)).nextAttemptAt).toEqual(later);
  await db.owner.pool.query("update mail set state = 'sending' where id = $1", [one]);
  await expect(tryMailsNow(ours, [one])).rejects.toThrow("being sent, routed, or gone");
});

test("another tenant's ids find nothing", async () => {
  const id = await waiting({ next_attempt_at: "2099-01-01T00:00:00Z" });
  expect(await countWaiting(theirs)).toEqual({ mails: 0, until: 0 });
  expect(await holdMails(theirs, { ids: [id] }, "")).toMatchObject({
    done: [],
    failed: [{ id, message: "There is no such mail here any more." }],
  });
  expect(await holdMails(theirs, { all: true }, "")).toMatchObject({ done: [], left: 0 });
  await expect(tryMailsNow(theirs, [id])).rejects.toThrow("gone");
  expect(await mail(id)).toMatchObject({ place: "waiting", nextAttemptAt: new Date("2099-01-01T00:00:00Z") });
});
