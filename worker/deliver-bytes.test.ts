// Delivering where stored bytes went wrong: what is not what was collected never gets its dot, and people see why.
import { describe, expect, it } from "vitest";
import { checkBytes } from "@/domain/ledger/check";
import { chunkSize } from "@/domain/message/body";
import { decide } from "@/domain/message/decide";
import { personScope, workerScope } from "@/test/collecting";
import { addMail, allQuiet, type Company, laneOf, type MailWish, mailComes, mailOf } from "@/test/delivering";
import { deliveringWorld } from "@/test/delivering-world";
import { makeDeliverRoom } from "./deliver";

const now = new Date("2026-11-24T14:02:00Z");
const plenty = { bodies: 100, octets: 1e9, ms: 60_000 };
const here = deliveringWorld([makeDeliverRoom({ idleMs: 50, dotTimeoutMs: 2000 })]);

async function world() {
  const made = await here.world({}, { max_connections: 1 });
  const { company } = made;
  await company.sql.query("update lane set state = 'paused' where tenant_id = $1", [company.tenantId]);
  return made;
}
const go = ({ sql, tenantId }: Company) =>
  sql.query("update lane set state = 'closed', due_at = now() where tenant_id = $1", [tenantId]);

/** Collected as intake leaves it: with a line in front, which the hash leaves out. */
async function collected(company: Company, wish: MailWish = {}): Promise<string> {
  const id = await addMail(company, wish);
  const front = "Received: from pop.example by ferry\r\n";
  await company.sql.query(
    `with b as (select body_id as id from mail where tenant_id = $1 and id = $2),
     c as (update body_chunk c set data = convert_to($3, 'utf8') || c.data from b
       where c.tenant_id = $1 and c.body_id = b.id and c.n = 0),
     m as (update mail set size = size + length($3) where tenant_id = $1 and id = $2)
     update body set size = size + length($3), prefix_length = length($3),
       header_length = header_length + length($3) from b where tenant_id = $1 and body.id = b.id`,
    [company.tenantId, id, front],
  );
  return id;
}
/** One bit of one byte, counted from the chunk's end; a second time it is right again. */
const flip = ({ sql, tenantId }: Company, mailId: string, n: number, fromEnd = 5) =>
  sql.query(
    `update body_chunk c set data = set_byte(c.data, length(c.data) - $4, get_byte(c.data, length(c.data) - $4) # 1)
     from mail m where m.tenant_id = $1 and m.id = $2 and c.tenant_id = $1 and c.body_id = m.body_id and c.n = $3`,
    [tenantId, mailId, n, fromEnd],
  );
const alertOf = async ({ sql, tenantId }: Company) =>
  (
    await sql.query<{ text: string; over: boolean }>(
      "select text, resolved_at is not null as over from alert where cause = $1",
      [`bytes:${tenantId}`],
    )
  )[0];

const large = "A line of a large mail, long enough.\r\n".repeat(40_000);

describe("stored bytes that were changed", () => {
  it.each([
    ["in a small mail", "Hello.", 0],
    ["in the first chunk of a large one", large, 0],
    ["in the last chunk of a large one", large, Math.floor(large.length / chunkSize)],
  ])("%s: nothing arrives, the mail is held and says why, the next one goes", async (_name, body, n) => {
    const { ex, company } = await world();
    const bad = await collected(company, { body, subject: "Changed" });
    const good = await collected(company, { body, subject: "Whole" });
    await flip(company, bad, n);
    await go(company);
    await mailComes(company, good, { place: "delivered" });
    expect(await mailOf(company, bad)).toMatchObject({ place: "held", state: "settled", reason_kind: "body-changed" });
    expect((await mailOf(company, bad)).reason).toMatch(/no longer those that were collected.*not sent.*backup/);
    await allQuiet(company);
    expect(ex.mails.map(({ subject }) => subject)).toEqual(["Whole"]);
    const attempts = await company.sql.query(
      "select outcome, dot_pending_at as dot from attempt where tenant_id = $1 and mail_id = $2",
      [company.tenantId, bad],
    );
    expect(attempts).toEqual([{ outcome: "lost", dot: null }]);
    expect(await laneOf(company)).toMatchObject({ state: "closed" });
    expect(await alertOf(company)).toMatchObject({ text: expect.stringContaining(bad), over: false });
  });

  it("and are restored: the ledger job ends the alert, a person sends it again, and it arrives whole", async () => {
    const { ex, company } = await world();
    const id = await collected(company);
    await flip(company, id, 0);
    await go(company);
    await mailComes(company, id, { place: "held" });
    await decide(personScope(here.db, company.tenantId), { ids: [id] }, { do: "send-again" });
    await mailComes(company, id, { place: "held", reason_kind: "body-changed", attempts: 2 });
    expect(await checkBytes(workerScope(here.db, company.tenantId), now, plenty)).toMatchObject({ wrong: 1 });
    await flip(company, id, 0);
    expect(await checkBytes(workerScope(here.db, company.tenantId), now, plenty)).toMatchObject({ wrong: 0 });
    expect(await alertOf(company)).toMatchObject({ over: true });
    await decide(personScope(here.db, company.tenantId), { ids: [id] }, { do: "send-again" });
    await mailComes(company, id, { place: "delivered" });
    expect(ex.mails.map(({ raw }) => raw.toString())).toEqual([expect.stringContaining("\r\n\r\nHello.\r\n")]);
  });

  it("of a copy and its original, which share them: each is held when its turn comes", async () => {
    const { ex, company } = await world();
    const id = await collected(company);
    const copy = await addMail(company);
    await company.sql.query(
      `update mail set kind = 'copy', origin_mail_id = $3, body_id = o.body_id, size = o.size
       from (select body_id, size from mail where tenant_id = $1 and id = $3) o where tenant_id = $1 and id = $2`,
      [company.tenantId, copy, id],
    );
    await flip(company, id, 0);
    await go(company);
    await mailComes(company, id, { place: "held", reason_kind: "body-changed" });
    await mailComes(company, copy, { place: "held", reason_kind: "body-changed" });
    expect(ex.mails).toEqual([]);
    expect((await alertOf(company))?.text).toContain("2 mails");
  });

  it("of a body without a hash, as earlier versions stored notices, are known by their length alone", async () => {
    const { ex, company } = await world();
    const id = await addMail(company, { columns: { kind: "notice" } });
    await company.sql.query("update body set canonical_hash = null where tenant_id = $1", [company.tenantId]);
    await go(company);
    await mailComes(company, id, { place: "delivered" });
    expect(ex.mails).toHaveLength(1);
  });
});

it("bytes that are cut are told at once too", async () => {
  const { ex, company } = await world();
  const id = await collected(company, { body: large });
  await company.sql.query("delete from body_chunk where tenant_id = $1 and n = 2", [company.tenantId]);
  await go(company);
  await mailComes(company, id, { place: "held", reason_kind: "body-missing" });
  await allQuiet(company);
  expect(ex.mails).toEqual([]);
  expect((await alertOf(company))?.text).toMatch(/[\d,]+ bytes are there instead of [\d,]+/);
});
