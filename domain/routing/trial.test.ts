// Trying rules: what a trial says is what routing then does, for pasted and for collected mail; and nothing is written.
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeMailbox, makeTenant, personScope, workerScope } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { receiveMail } from "@/test/received";
import { listRules, ruleUse } from "./list";
import { type Rule, ruleEdit } from "./schema";
import { routeBatch } from "./store";
import { saveRule } from "./store-edit";
import { readPasted, tryRules } from "./trial";
import { findTrialMails, stuckMail } from "./trial-mails";
import { pastedMail } from "./trial-schema";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

const catchAll = {
  recipient_mode: "headers",
  recipient_headers: ["Delivered-To", "To"],
  recipient_domains: ["contoso.example"],
};

async function company() {
  const world = await makeTenant(db);
  const mailbox = await makeMailbox(db, world.tenantId, catchAll);
  return { world, mailbox, scope: personScope(db, world.tenantId), worker: workerScope(db, world.tenantId) };
}
const made = (name: string, when: Rule["when"], outcome: Rule["then"], goesOn = false): Rule => ({
  name,
  when,
  then: outcome,
  continue: goesOn,
});
const saved = (rule: Rule) => ruleEdit.parse({ id: null, version: 0, place: null, rule });
const paste = (text: string, mailboxId: string, size = "") =>
  pastedMail.parse({ kind: "pasted", text, mailboxId, size });

test("of a collected mail it says what routing then does, with stored rules and with the editor's", async () => {
  const { world, mailbox, scope, worker } = await company();
  const lines = ["List-Id: <news.partner.example>", "To: a@contoso.example, b@contoso.example, x@other.example"];
  const mailId = await receiveMail(db, world, mailbox, lines);
  const rules = [
    made(
      "news",
      { header: { name: "list-id", contains: "NEWS.partner" } },
      { copyTo: ["archive@contoso.example"] },
      true,
    ),
    made("a moved", { recipient: "a@*" }, { redirect: ["c@contoso.example"] }),
    made("rest", { sender: "x@out.example" }, { hold: true }),
  ];
  const [first, ...others] = rules;
  for (const rule of others) await saveRule(scope, saved(rule));
  const draft = { id: null, rule: first as Rule, place: 0 };
  const trial = await tryRules(scope, { kind: "collected", mailId }, draft);
  expect(trial.rules.map(({ rule, draft, step }) => [rule.name, draft, step.did])).toEqual([
    ["news", true, "acted"],
    ["a moved", false, "acted"],
    ["rest", false, "acted"],
  ]);
  expect((await tryRules(scope, { kind: "collected", mailId })).rules).toHaveLength(2);
  expect(await routedTo(mailId)).toEqual([]);
  const seen = (await listRules(scope)).map(({ id }) => id);
  await saveRule(scope, { ...saved(first as Rule), place: 0, seen });
  await routeBatch(worker);
  expect(await routedTo(mailId)).toEqual(
    trial.decision.recipients.map(({ address, place, via }) => ({ address, place, via })).sort(byAddress),
  );
  expect(trial.decision).toMatchObject({
    copies: [{ to: ["archive@contoso.example"], rule: "news" }],
    leftOut: ["x@other.example"],
  });
  expect(await ruleUse(scope)).toEqual({ of: 1, acted: new Map(rules.map(({ name }) => [name, 1])) });
});

const byAddress = (a: { address: string }, b: { address: string }) => a.address.localeCompare(b.address);
const routedTo = async (mailId: string) =>
  (await db.owner.pool.query("select address, place, via from recipient where mail_id = $1", [mailId])).rows.sort(
    byAddress,
  );

test("a pasted mail is read as intake reads it: line ends, folding, encoded words, Return-Path before From", () => {
  const text =
    "\n  \nReturn-Path: <bounce@out.example>\nFrom: <a@out.example>\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n more\n\nText";
  const { headers, size } = readPasted(text);
  expect(headers.all("subject")).toEqual(["=?utf-8?q?Gr=C3=BC=C3=9Fe?= more"]);
  expect(size).toBe(Buffer.byteLength(text.slice(4).replaceAll("\n", "\r\n")) + 2);
  expect(readPasted("Subject: headers alone").headers.first("Subject")).toBe("headers alone");
});

test("a pasted mail goes by its mailbox's recipients and a size that is said", async () => {
  const { mailbox, scope } = await company();
  const big = made("big", { sizeOver: 5_000_000 }, { discard: "too big" });
  await saveRule(scope, saved(big));
  const text = "Return-Path: <b@out.example>\nFrom: <a@out.example>\nSubject: Hi\nTo: a@contoso.example\n\nText";
  const small = await tryRules(scope, paste(text, mailbox));
  expect(small).toMatchObject({
    mail: { sender: "b@out.example", subject: "Hi", from: "<a@out.example>" },
    rules: [{ step: { did: "unfit", keys: ["sizeOver"] } }],
    decision: { recipients: [{ address: "a@contoso.example", place: "waiting" }] },
  });
  const large = await tryRules(scope, paste(text, mailbox, "6 MB"));
  expect(large.decision.recipients[0]).toMatchObject({ place: "discarded" });
  const nobody = await tryRules(scope, paste("To: x@other.example", mailbox, "6 MB"));
  expect(nobody).toMatchObject({ rules: [{ step: { did: "nobody" } }], decision: { held: { reasonKind: "nobody" } } });
});

test("rules that go on and multiply its recipients are tried as they are routed: held, with nobody", async () => {
  const { world, mailbox, scope, worker } = await company();
  const redirect = Array.from({ length: 50 }, (_, k) => `a${k}@contoso.example`);
  for (const n of [1, 2, 3, 4]) await saveRule(scope, saved(made(`${n}`, { sender: "*" }, { redirect }, true)));
  const mailId = await receiveMail(db, world, mailbox, ["To: z@contoso.example"]);
  const trial = await tryRules(scope, { kind: "collected", mailId });
  expect(trial).toMatchObject({ recipients: 0, decision: { held: { reasonKind: "too-many-recipients" } } });
  expect(trial.rules.map(({ step }) => step.did)).toEqual(["acted", "acted", "too-late", "too-late"]);
  await routeBatch(worker);
  expect(await routedTo(mailId)).toEqual([]);
  expect(await db.owner.prisma.mail.findFirstOrThrow({ where: { id: mailId } })).toMatchObject({
    place: "held",
    reasonKind: "too-many-recipients",
  });
});

test.each([
  ["", "", /Nothing is pasted/],
  ["x".repeat(100_001), "", /more than 100,000 characters/],
  ["x", "much", /“much” is no size/],
])("a paste is bounded and not empty, and its size is one", (text, size, message) => {
  const read = pastedMail.safeParse({ kind: "pasted", text, mailboxId: crypto.randomUUID(), size });
  expect(read.error?.issues[0]?.message).toMatch(message);
});

test("a mail whose headers are gone can't be tried, nor another tenant's; both say so", async () => {
  const { world, mailbox, scope } = await company();
  const other = await company();
  const mailId = await receiveMail(db, world, mailbox, ["To: a@contoso.example"]);
  await expect(tryRules(other.scope, { kind: "collected", mailId })).rejects.toThrow(/no such collected mail/);
  await expect(tryRules(other.scope, paste("To: a", mailbox))).rejects.toThrow(/mailbox is not there/);
  expect(await findTrialMails(other.scope, "")).toEqual([]);
  expect(await stuckMail(other.scope, mailId, "")).toBeNull();
  await db.owner.pool.query(
    "delete from body_chunk c using mail m where m.id = $1 and c.tenant_id = m.tenant_id and c.body_id = m.body_id",
    [mailId],
  );
  await expect(tryRules(scope, { kind: "collected", mailId })).rejects.toThrow(/not kept any more/);
});

test("finds collected mails by author, subject and recipient, the newest first", async () => {
  const { world, mailbox, scope, worker } = await company();
  await receiveMail(db, world, mailbox, ["To: a@contoso.example"], { subject: "An invoice", header_from: "Anna" });
  await receiveMail(db, world, mailbox, ["To: b@contoso.example"], { subject: "100% sure", message_id: "<2@x>" });
  await routeBatch(worker);
  const found = async (text: string) => (await findTrialMails(scope, text)).map(({ subject }) => subject);
  expect(await found("")).toEqual(["100% sure", "An invoice"]);
  expect(await found("anna")).toEqual(["An invoice"]);
  expect(await found("b@contoso")).toEqual(["100% sure"]);
  expect(await found("0%")).toEqual(["100% sure"]);
  expect(await found("%an%")).toEqual([]);
});

test("of a stuck mail it knows the recipient that was asked for, as the mail named it", async () => {
  const { world, mailbox, scope, worker } = await company();
  await saveRule(scope, saved(made("moved", { recipient: "old@*" }, { redirect: ["new@contoso.example"] })));
  const id = await receiveMail(db, world, mailbox, ["To: old@contoso.example, b@contoso.example"]);
  await routeBatch(worker);
  await db.owner.pool.query(
    "update recipient set place = 'badmail', reason_kind = 'unknown-recipient' where mail_id = $1",
    [id],
  );
  expect(await stuckMail(scope, id, "NEW@contoso.example")).toMatchObject({
    address: "old@contoso.example",
    reasonKind: "unknown-recipient",
  });
  expect(await stuckMail(scope, id, "b@contoso.example")).toMatchObject({ address: "b@contoso.example" });
});
