// What of a collected mail's bytes and envelope reaches Exchange's wire, and what never leaves for anybody else.
import { expect, it } from "vitest";
import { addMail, type Company, mailComes } from "@/test/delivering";
import { deliveringWorld } from "@/test/delivering-world";
import { makeDeliverRoom } from "./deliver";
import { notifyRoom } from "./notify";

const here = deliveringWorld([makeDeliverRoom({ idleMs: 50, dotTimeoutMs: 2000 }), notifyRoom]);
const { world } = here;
const eightBit = (company: Company, id: string) =>
  here.db.owner.pool.query(
    "update body set eight_bit = true where tenant_id = $1 and id = (select body_id from mail where tenant_id = $1 and id = $2)",
    [company.tenantId, id],
  );

it.each([
  ["offered", [], / BODY=8BITMIME$/],
  ["not offered", ["8BITMIME"], /^SIZE=\d+$/],
])("8-bit bytes go as they are, 8BITMIME %s", async (_name, without, parameters) => {
  const { ex, company } = await world({ without });
  const id = await addMail(company, { body: "Grüße\0", columns: { next_attempt_at: new Date(Date.now() + 60_000) } });
  await eightBit(company, id);
  await here.db.owner.pool.query("update mail set next_attempt_at = now() where id = $1", [id]);
  await here.db.owner.pool.query("update lane set due_at = now() where tenant_id = $1", [company.tenantId]);
  await mailComes(company, id, { place: "delivered" });
  expect(ex.mails[0]?.parameters).toMatch(parameters);
  expect(String(ex.mails[0]?.raw)).toContain("Grüße\0\r\n");
});

it("an address beyond ASCII where SMTPUTF8 is not offered: BADMAIL with that reason, and nothing is sent", async () => {
  const { ex, company } = await world();
  const id = await addMail(company, { sender: "jörg@outside.example" });
  const mail = await mailComes(company, id, { place: "badmail", reason_kind: "smtputf8" });
  expect(mail.reason).toMatch(/outside ASCII.*does not offer SMTPUTF8/);
  expect(ex.commands.some((line) => line.startsWith("MAIL FROM:<j"))).toBe(false);
});

it("a mail that fails is told to the company's postmaster alone, never to its sender", async () => {
  const { ex, company } = await world({ filter: "rcpt", recipients: ["postmaster@contoso.example"] });
  await addMail(company, { sender: "ann@outside.example", to: ["gone@contoso.example"] });
  const [notice] = await ex.arrived(1, 30_000);
  expect(notice).toMatchObject({ sender: "", recipients: ["postmaster@contoso.example"] });
  const { rows } = await here.db.owner.pool.query(
    "select distinct r.address from recipient r join mail m on m.tenant_id = r.tenant_id and m.id = r.mail_id where m.tenant_id = $1 and m.kind <> 'collected'",
    [company.tenantId],
  );
  expect(rows).toEqual([{ address: "postmaster@contoso.example" }]);
});
