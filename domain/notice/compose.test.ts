import { simpleParser } from "mailparser";
import { describe, expect, it } from "vitest";
import { buildOwnMail } from "./build";
import { composeNotice, type NoticeContext, type NoticeItem } from "./compose";
import { mailFrom } from "./sender";
import { noticeKinds } from "./wanted";

const context: NoticeContext = {
  tenantName: "Contoso",
  tenantSlug: "contoso",
  timeZone: "Europe/Berlin",
  contact: "Ask help@provider.example, +49 30 1234",
  host: "mail.contoso.example",
  url: "",
};
const item = (over: Partial<NoticeItem> = {}): NoticeItem => ({
  cause: "content-refused",
  at: new Date("2026-07-01T10:00:00Z"),
  recipient: "jens@contoso.example",
  sender: "shop@vendor.example",
  subject: "Grüße",
  mailAt: new Date("2026-07-01T09:59:00Z"),
  reply: "550 5.7.1 Message rejected as spam by Content Filtering.",
  meaning: "Exchange's content filter took it for spam.",
  remedy: "Add the sender to the filter's allowed senders.",
  mailbox: "Info",
  detail: "",
  mailId: "0b8f3a52-7a4e-4c52-9d7b-0f8c0b5c5f11",
  count: null,
  deleteAfter: null,
  ...over,
});
const build = (text: string, subject: string, more = {}) =>
  buildOwnMail({
    id: "id-1",
    workerName: "ferry.provider.example",
    from: "mailferry@ferry.provider.example",
    to: ["postmaster@contoso.example"],
    subject,
    text,
    date: new Date("2026-07-01T10:00:00Z"),
    ...more,
  });

describe("a notice", () => {
  it("can be understood and acted on without the portal", () => {
    const { subject, text } = composeNotice("spam", [item()], context);
    expect(subject).toBe("[Mailferry] Refused as spam: mail to jens@contoso.example");
    for (const part of [
      "mail.contoso.example refused a mail because it took it for spam.",
      "shop@vendor.example",
      "jens@contoso.example",
      "Grüße",
      "1 Jul 2026, 11:59:00 (Europe/Berlin)",
      "> 550 5.7.1 Message rejected as spam by Content Filtering.",
      "Mailferry moved the mail to BADMAIL and keeps it there whole.",
      "What to do: Add the sender to the filter's allowed senders.",
    ])
      expect(text).toContain(part);
    expect(text.trimEnd().endsWith("Ask help@provider.example, +49 30 1234")).toBe(true);
    expect(text).not.toContain("http");
  });

  it("links only with an address to link to", () => {
    const { text } = composeNotice("spam", [item()], { ...context, url: "https://ferry.example" });
    expect(text).toContain("https://ferry.example/t/contoso/messages/0b8f3a52-7a4e-4c52-9d7b-0f8c0b5c5f11");
    const digest = composeNotice("collecting", [item(), item()], { ...context, url: "https://ferry.example" });
    expect(digest.text).toContain("https://ferry.example/t/contoso/mailboxes");
  });

  it("as a digest groups by cause, the largest first, lists 20, then a number", () => {
    const items = [
      item({ cause: "rare", meaning: "Something rare." }),
      ...Array.from({ length: 23 }, (_, n) => item({ recipient: `user${n}@contoso.example` })),
    ];
    const { subject, text, shown } = composeNotice("spam", items, context);
    expect(subject).toBe("[Mailferry] 24 mails refused as spam");
    expect(shown).toHaveLength(20);
    expect(text).toContain("23 mails: Exchange's content filter took it for spam.");
    expect(text).toContain("… and 3 more.");
    expect(text).toContain("1 mail: Something rare.");
    expect(text.indexOf("23 mails:")).toBeLessThan(text.indexOf("1 mail: "));
  });

  it("says whose command it shows when each mail has its own", () => {
    const each = [item({ remedy: "Add 'a@contoso.example'." }), item({ remedy: "Add 'b@contoso.example'." })];
    expect(composeNotice("unknown-recipient", each, context).text).toContain(
      "What to do, for the first of them: Add 'a@contoso.example'.",
    );
    expect(composeNotice("spam", [item(), item()], context).text).toContain("What to do: Add the sender");
  });

  it("says once what to do with a mail that is held", () => {
    const remedy = "Open it under Held in Mailferry: deliver it to an address, or delete it.";
    const { text } = composeNotice("held", [item({ cause: "nobody", meaning: "No address.", remedy })], context);
    expect(text.match(/delete it/g)).toHaveLength(1);
    expect(text).toContain("Mailferry keeps it whole until a person decides.");
  });

  it("has words for every kind, singular and plural", () => {
    for (const kind of noticeKinds)
      for (const items of [[item({ count: 1 })], [item(), item()]]) {
        const { subject, text } = composeNotice(kind, items, context);
        expect(subject).toMatch(/^\[Mailferry\] /);
        expect(`${subject}${text}`).not.toMatch(/undefined|NaN|\b1 mails\b|\b2 mail\b|null|!/);
      }
  });

  it("says what a null sender is and quotes no control characters", () => {
    const { text } = composeNotice("badmail", [item({ sender: "", subject: "a\u0000b\u202ec\u001b[31m" })], context);
    expect(text).toContain("<> (a delivery report)");
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});

describe("its bytes", () => {
  it("are CRLF, auto-generated, and carry the headers of the mail", async () => {
    const header = Buffer.from("From: =?utf-8?q?x?= <a@b.example>\r\nSubject: \xe4\r\n\r\n", "latin1");
    const { bytes, messageId } = await build("Grüße\nzwei\n", "Über", {
      attachedHeaders: [{ name: "headers-1.txt", header }],
    });
    const raw = bytes.toString("latin1");
    expect(raw.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    expect(raw.endsWith("\r\n")).toBe(true);
    expect(bytes.every((octet) => octet < 128)).toBe(true);
    const mail = await simpleParser(bytes);
    expect(mail.headers.get("auto-submitted")).toBe("auto-generated");
    expect(mail.messageId).toBe(messageId);
    expect(mail.from?.value).toEqual([{ name: "Mailferry", address: "mailferry@ferry.provider.example" }]);
    expect(mail.to).toMatchObject({ value: [{ address: "postmaster@contoso.example" }] });
    expect(mail.text).toContain("Grüße\nzwei");
    expect(raw).toContain("text/rfc822-headers");
    expect(mail.attachments[0]?.content).toEqual(header);
  });

  it("take no header from hostile text", async () => {
    const { subject, text } = composeNotice(
      "unknown-recipient",
      [item({ recipient: "a@b.example\r\nBcc: all@x.example", subject: "x\r\n\r\nBcc: y@z.example" })],
      context,
    );
    const { bytes } = await build(text, subject);
    const mail = await simpleParser(bytes);
    expect([...mail.headers.keys()]).not.toContain("bcc");
    expect(bytes.toString().split("\r\n\r\n")[0]).not.toMatch(/^Bcc/im);
  });

  it("come from an address literal where the worker has no name", async () => {
    const from = mailFrom("", "[192.0.2.7]");
    expect(from).toBe("mailferry@[192.0.2.7]");
    const { bytes } = await build("x\n", "y", { from, workerName: "[192.0.2.7]" });
    const raw = bytes.toString();
    expect(raw).toMatch(/^From: Mailferry <mailferry@\[192\.0\.2\.7\]>\r$/m);
    expect(raw).toMatch(/^Message-ID: <id-1@\[192\.0\.2\.7\]>\r$/m);
    expect(mailFrom("Ferry <f@p.example>", "x.example")).toBe("f@p.example");
  });
});
