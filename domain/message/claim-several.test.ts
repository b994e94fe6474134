// Several mails in one hand: which go together, in what order, and what becomes of them when the hand is opened.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type ClaimedLane, claimLane, releaseSlot, renewSlot } from "@/domain/lane/claim";
import { recoverLanes, recoverOrphans } from "@/domain/lane/recover";
import { accepted, policy } from "@/test/accepted";
import { type TestDatabase, testDatabase } from "@/test/database";
import { addMail, type Company, mailOf, makeCompany } from "@/test/delivering";
import { type ClaimedMail, claimMail } from "./claim";
import { claimMails } from "./claim-several";
import { LaneStopped, markDotPending } from "./dot-pending";
import { commitOutcome } from "./outcome";
import { putDownNext } from "./put-down";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
beforeEach(async () => {
  await db.owner.pool.query("update lane set state = 'paused', due_at = null");
});
afterAll(() => db.drop());

const few = { most: 8, inHand: false };
const idsOf = (mails: ClaimedMail[]) => mails.map(({ id }) => id);

async function connect(): Promise<ClaimedLane> {
  const claimant = { workerId: randomUUID(), sites: ["main"], leaseSeconds: 60, uncertainSeconds: 600 };
  const lane = await claimLane(db.worker, claimant);
  if (!lane || "skipped" in lane) throw new Error("no lane");
  return lane;
}

async function world(mails: Record<string, unknown>[]) {
  const company = await makeCompany(db, 25);
  const ids: string[] = [];
  for (const columns of mails) ids.push(await addMail(company, { columns }));
  return { company, ids, lane: await connect() };
}

const slotOf = async ({ sql, tenantId }: Company) =>
  (await sql.query("select mail_id, next_ids from lane_slot where tenant_id = $1", [tenantId]))[0];
const attemptsOf = ({ sql, tenantId }: Company) =>
  sql.query("select number, outcome from attempt where tenant_id = $1 order by number", [tenantId]);

it("in the order of their arrival, each with its attempt, its people and its bytes; the slot names them all", async () => {
  const { company, ids, lane } = await world([{}, {}, {}]);
  const mails = await claimMails(db.worker, lane, "w1", few);
  expect(idsOf(mails)).toEqual(ids);
  expect(mails.map(({ behind }) => behind)).toEqual([false, true, true]);
  expect(mails.map(({ recipients }) => recipients.map(({ address }) => address))).toEqual(
    Array(3).fill(["info@contoso.example"]),
  );
  expect(mails.every(({ bytes }) => bytes?.toString().endsWith("Hello.\r\n"))).toBe(true);
  expect(await slotOf(company)).toEqual({ mail_id: ids[0], next_ids: ids.slice(1) });
  expect(await attemptsOf(company)).toHaveLength(3);
  expect(new Set(mails.map(({ token }) => token)).size).toBe(3);
  for (const id of ids) expect(await mailOf(company, id)).toMatchObject({ state: "sending", attempts: 1 });
  expect(await claimMails(db.worker, lane, "w1", few)).toEqual([]);
});

it("more than are asked for wait; what is claimed ahead stands behind those in hand", async () => {
  const { company, ids, lane } = await world([{}, {}, {}, {}]);
  const first = await claimMails(db.worker, lane, "w1", { most: 2, inHand: false });
  const more = await claimMails(db.worker, lane, "w1", { most: 8, inHand: true });
  expect(idsOf(first)).toEqual(ids.slice(0, 2));
  expect(more.map(({ behind }) => behind)).toEqual([true, true]);
  expect(await slotOf(company)).toEqual({ mail_id: ids[0], next_ids: ids.slice(1) });
});

it.each([
  ["large", { size: 40_000 }],
  ["under suspicion", { claims: 1 }],
])("a mail that is %s ends the row: it is claimed alone", async (_, columns) => {
  const { ids, lane } = await world([{}, columns, {}]);
  expect(idsOf(await claimMails(db.worker, lane, "w1", few))).toEqual(ids.slice(0, 1));
  expect(await claimMails(db.worker, lane, "w1", { most: 8, inHand: true })).toEqual([]);
});

it.each([
  ["a pace", "pace_per_minute = 10"],
  ["other settings", "settings_epoch = settings_epoch + 1"],
  ["been paused", "state = 'paused'"],
  ["to be tried with one mail", "state = 'half-open'"],
])("none where the lane has %s since", async (_, change) => {
  const { company, ids, lane } = await world([{}, {}]);
  await company.sql.query(`update lane set ${change} where tenant_id = $1`, [company.tenantId]);
  expect(await claimMails(db.worker, lane, "w1", few)).toEqual([]);
  expect(await mailOf(company, ids[0] ?? "")).toMatchObject({ state: "ready", attempts: 0 });
});

it("none beside a mail that is carried alone", async () => {
  const { company, lane } = await world([{ claims: 1 }, {}, {}]);
  const alone = await claimMail(db.worker, lane, "w1");
  expect(typeof alone).toBe("object");
  await company.sql.query("update lane set due_at = now() where tenant_id = $1", [company.tenantId]);
  await company.sql.query(
    `insert into lane_slot (tenant_id, exchange_id, n, token, worker_id, lease_until, settings_epoch)
     select tenant_id, exchange_id, 7, $2, worker_id, lease_until, settings_epoch from lane_slot where tenant_id = $1`,
    [company.tenantId, randomUUID()],
  );
  const [other] = await company.sql.query<{ token: string }>(
    "select token from lane_slot where tenant_id = $1 and n = 7",
    [company.tenantId],
  );
  expect(await claimMails(db.worker, { ...lane, token: other?.token ?? "" }, "w1", few)).toEqual([]);
});

it("nobody of a mail may be tried yet: it goes back, and the others go", async () => {
  const { company, ids, lane } = await world([{}, {}, {}]);
  await company.sql.query(
    "update recipient set not_before = now() + interval '1 hour' where tenant_id = $1 and mail_id = $2",
    [company.tenantId, ids[0]],
  );
  expect(idsOf(await claimMails(db.worker, lane, "w1", few))).toEqual(ids.slice(1));
  expect(await slotOf(company)).toEqual({ mail_id: ids[1], next_ids: ids.slice(2) });
  expect(await mailOf(company, ids[0] ?? "")).toMatchObject({ state: "ready", attempts: 0 });
});

it.each(["paused", "open"])(
  "in a lane that is %s since, the first goes to its dot and those behind it don't",
  async (state) => {
    const { company, lane } = await world([{}, {}]);
    const [first, second] = await claimMails(db.worker, lane, "w1", few);
    if (!first || !second) throw new Error("too few");
    await company.sql.query("update lane set state = $2 where tenant_id = $1", [company.tenantId, state]);
    await markDotPending(db.worker, first);
    await expect(markDotPending(db.worker, second)).rejects.toThrow(LaneStopped);
    expect(await mailOf(company, second.id)).toMatchObject({ dot_pending_at: null });
  },
);

it("the second of a hand goes to its dot when the first one's outcome is written, and not before", async () => {
  const { company, lane } = await world([{}, {}]);
  const [first, second] = await claimMails(db.worker, lane, "w1", few);
  if (!first || !second) throw new Error("too few");
  await markDotPending(db.worker, first);
  await expect(markDotPending(db.worker, second)).rejects.toThrow(LaneStopped);
  expect(await mailOf(company, second.id)).toMatchObject({ dot_pending_at: null });
  const written = commitOutcome(db.worker, first, accepted(first), policy).then(() => {});
  await markDotPending(db.worker, second, written);
  expect(await mailOf(company, first.id)).toMatchObject({ place: "delivered" });
  expect(await mailOf(company, second.id)).not.toMatchObject({ dot_pending_at: null });
});

it("a mail that another connection has taken since is neither put down nor taken from it", async () => {
  const { company, ids, lane } = await world([{}, {}]);
  const mails = await claimMails(db.worker, lane, "w1", few);
  const other = randomUUID();
  await company.sql.query(
    `insert into lane_slot (tenant_id, exchange_id, n, token, worker_id, lease_until, settings_epoch, mail_id)
     select tenant_id, exchange_id, 7, $2, worker_id, lease_until, settings_epoch, $3 from lane_slot where tenant_id = $1`,
    [company.tenantId, other, ids[1]],
  );
  await putDownNext(db.worker, lane, idsOf(mails.slice(1)));
  expect(await mailOf(company, ids[1] ?? "")).toMatchObject({ state: "sending", attempts: 1 });
  await releaseSlot(db.worker, lane, 600, []);
  expect(await mailOf(company, ids[1] ?? "")).toMatchObject({ state: "sending" });
  expect(await mailOf(company, ids[0] ?? "")).toMatchObject({ state: "ready" });
});

it("what a claim took whose answer was lost is freed when its lease is over, though its connection lives", async () => {
  const { company, ids, lane } = await world([{}]);
  await claimMails(db.worker, lane, "w1", few);
  await company.sql.query("update mail set lease_until = now() - interval '1 minute' where tenant_id = $1", [
    company.tenantId,
  ]);
  expect(await recoverOrphans(db.worker, ["main"], 600)).toBeGreaterThan(0);
  expect(await mailOf(company, ids[0] ?? "")).toMatchObject({ state: "ready" });
});

it.each([
  ["everyday", "update lane set last_accepted_at = now() where tenant_id = $1"],
  ["other", "update lane set last_accepted_at = null where tenant_id = $1"],
])("with an %s outcome the next one moves up", async (_, before) => {
  const { company, ids, lane } = await world([{}, {}, {}]);
  const [first] = await claimMails(db.worker, lane, "w1", few);
  if (!first) throw new Error("none");
  await markDotPending(db.worker, first);
  await company.sql.query(before, [company.tenantId]);
  expect(await commitOutcome(db.worker, first, accepted(first), policy)).toBe(true);
  expect(await mailOf(company, first.id)).toMatchObject({ place: "delivered" });
  expect(await slotOf(company)).toEqual({ mail_id: ids[1], next_ids: [ids[2]] });
});

it("what is behind is put down as it was, and the one that is carried stays", async () => {
  const { company, ids, lane } = await world([{}, {}, {}]);
  const [first, ...rest] = await claimMails(db.worker, lane, "w1", few);
  await putDownNext(db.worker, lane, idsOf(rest));
  expect(await slotOf(company)).toEqual({ mail_id: ids[0], next_ids: [] });
  for (const id of ids.slice(1))
    expect(await mailOf(company, id)).toMatchObject({ state: "ready", attempts: 0, claims: 0, lease_token: null });
  expect(await mailOf(company, first?.id ?? "")).toMatchObject({ state: "sending", attempts: 1 });
  expect(await attemptsOf(company)).toHaveLength(1);
});

it("a connection that is given back: untried mails are as they were, the one that came to its dot is uncertain", async () => {
  const { company, ids, lane } = await world([{}, {}, {}]);
  const [first, ...rest] = await claimMails(db.worker, lane, "w1", few);
  if (!first) throw new Error("none");
  await markDotPending(db.worker, first);
  await releaseSlot(db.worker, lane, 600, idsOf(rest));
  expect(await mailOf(company, ids[0] ?? "")).toMatchObject({ state: "uncertain" });
  for (const id of ids.slice(1)) expect(await mailOf(company, id)).toMatchObject({ state: "ready", attempts: 0 });
  expect(await slotOf(company)).toBeUndefined();
});

it("a worker that fell silent: all in its hand are under suspicion, and none is lost", async () => {
  const { company, ids, lane } = await world([{}, {}]);
  const mails = await claimMails(db.worker, lane, "w1", few);
  expect(
    await renewSlot(
      db.worker,
      lane,
      mails.map(({ token }) => token),
    ),
  ).toBe(true);
  const past = "lease_until = now() - interval '1 minute'";
  await company.sql.query(`update lane_slot set ${past} where tenant_id = $1`, [company.tenantId]);
  await company.sql.query(`update mail set ${past} where tenant_id = $1`, [company.tenantId]);
  expect(await recoverLanes(db.worker, ["main"], 600)).toBeGreaterThan(0);
  for (const id of ids) expect(await mailOf(company, id)).toMatchObject({ state: "ready", claims: 1 });
  expect(await attemptsOf(company)).toEqual(Array(2).fill({ number: 1, outcome: "lost" }));
});

it("a lease is renewed for all in hand, and for no other", async () => {
  const { company, lane } = await world([{}, {}]);
  const [first, second] = await claimMails(db.worker, lane, "w1", few);
  await company.sql.query("update mail set lease_until = now() + interval '1 second' where tenant_id = $1", [
    company.tenantId,
  ]);
  await renewSlot(db.worker, lane, [second?.token ?? "", randomUUID()]);
  const soon = await company.sql.query<{ id: string }>(
    "select id from mail where tenant_id = $1 and lease_until < now() + interval '30 seconds'",
    [company.tenantId],
  );
  expect(soon.map(({ id }) => id)).toEqual([first?.id]);
});
