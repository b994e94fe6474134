// A notice as the postmaster gets it: from the refusal on the wire to the mail on the same wire, through the worker's rooms.
import { simpleParser } from "mailparser";
import { expect, it } from "vitest";
import { exchangeDefaults } from "@/domain/exchange/schema";
import { mintScope } from "@/domain/scope-mint";
import { addMail, type Company, mailComes, noticesOf, until } from "@/test/delivering";
import { deliveringWorld } from "@/test/delivering-world";
import type { ExchangeServer } from "@/test/servers/exchange";
import { makeDeliverRoom } from "./deliver";
import { notifyRoom } from "./notify";
import { runExchangeProbe } from "./probe-exchange";

const from = "Mailferry <ferry@provider.example>";
const here = deliveringWorld([makeDeliverRoom({ idleMs: 50, dotTimeoutMs: 5000 }), notifyRoom], { mailFrom: from });
const { world } = here;
const noticesAt = (ex: ExchangeServer, count: number) =>
  until(
    async () => ex.mails.filter(({ sender }) => sender === ""),
    (mails) => mails.length >= count,
    20_000,
  );
const settled = ({ sql, tenantId }: Company) =>
  until(
    () => sql.query("select 1 from notice where tenant_id = $1 and state <> 'told'", [tenantId]),
    (rows) => rows.length === 0,
    20_000,
  );

it("one event, one notice: null sender, our From, generated, with the mail's headers and what to do", async () => {
  const { ex, company } = await world({ spamWord: "pills" });
  const id = await addMail(company, { subject: "pills", sender: "shop@outside.example" });
  await mailComes(company, id, { place: "badmail" });
  const [notice] = await noticesAt(ex, 1);
  expect(notice).toMatchObject({ sender: "", recipients: ["postmaster@contoso.example"] });
  const mail = await simpleParser(notice?.raw ?? "");
  expect(mail.from?.value).toEqual([{ name: "Mailferry", address: "ferry@provider.example" }]);
  expect(mail.headers.get("auto-submitted")).toBe("auto-generated");
  expect(mail.messageId).toMatch(/^<[0-9a-f-]+@ferry\.test\.example>$/);
  expect(mail.text).toContain("550 5.7.1 Message rejected as spam by Content Filtering.");
  expect(mail.text).toContain("shop@outside.example");
  expect(mail.text).toContain("(Europe/Berlin)");
  expect(mail.text).toMatch(/What to do: /);
  expect(mail.text).not.toMatch(/https?:/);
  expect(mail.attachments[0]?.content.toString()).toContain("Subject: pills");
  // Spam's box and BADMAIL's are both ticked: told once.
  await settled(company);
  expect(await noticesOf(company)).toHaveLength(1);
  expect(ex.mails).toHaveLength(1);
});

it("comes from the same address as the mails of Test settings", async () => {
  const { ex, company } = await world({ filter: "rcpt", recipients: ["postmaster@contoso.example"] });
  const scope = mintScope(here.db.worker, company.tenantId, {
    kind: "worker",
    workerId: crypto.randomUUID(),
    name: "w",
  });
  const settings = {
    ...exchangeDefaults,
    host: "127.0.0.1",
    port: ex.port,
    postmaster: "postmaster@contoso.example",
    notify: { ...exchangeDefaults.notify, unknownRecipient: false },
  };
  const asked = {
    settings,
    password: null,
    exchangeId: null,
    requestedBy: "Ann",
    receivers: [],
    code: { digits: "482913", keep: async () => {} },
  };
  expect((await runExchangeProbe(here.worker.context, scope, asked, () => {}, AbortSignal.timeout(20_000))).ok).toBe(
    true,
  );
  await addMail(company, { to: ["nobody@contoso.example"] });
  await noticesAt(ex, 2);
  const senders = await Promise.all(ex.mails.map(async ({ raw }) => (await simpleParser(raw)).from?.value[0]?.address));
  expect(senders).toEqual(["ferry@provider.example", "ferry@provider.example", "ferry@provider.example"]);
  // The envelope: null as a notice has it, ours as an outside sender has it, null again for the notice itself.
  expect(ex.mails.map(({ sender }) => sender)).toEqual(["", "ferry@provider.example", ""]);
});

it("each box tells of its own kind alone once BADMAIL is unticked; none ticked, nothing is sent", async () => {
  const kinds = async (boxes: Record<string, boolean>) => {
    const { ex, company } = await world(
      { filter: "rcpt", recipients: ["info@contoso.example", "postmaster@contoso.example"], spamWord: "pills" },
      { notify_spam: false, notify_unknown_recipient: false, notify_badmail: false, ...boxes },
    );
    ex.options.replies = {
      dot: (_, { sender }) => (sender === "cut@outside.example" ? "554 5.6.0 Corrupt message content" : null),
    };
    for (const wish of [{ subject: "pills" }, { to: ["gone@contoso.example"] }, { sender: "cut@outside.example" }])
      await mailComes(company, await addMail(company, wish), { place: "badmail" });
    await settled(company);
    return (await noticesOf(company)).map(({ kind }) => kind).sort();
  };
  expect(await kinds({ notify_spam: true })).toEqual(["spam"]);
  expect(await kinds({ notify_unknown_recipient: true })).toEqual(["unknown-recipient"]);
  expect(await kinds({ notify_badmail: true })).toEqual(["badmail", "spam", "unknown-recipient"]);
  expect(await kinds({})).toEqual([]);
});
