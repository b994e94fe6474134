// Arbitrary valid configurations, with the text that YAML is most often misread by.
import fc from "fast-check";
import { roles } from "@/domain/access";

const words = fc.constantFrom(
  ...[
    "info",
    "yes",
    "null",
    "0x1F",
    "1e3",
    "007",
    "true",
    "~",
    "- a",
    "a: b",
    "a #b",
    "'",
    '"q"',
    "%x",
    "@y",
    "{z}",
    "[w]",
  ],
  ...["Grüße", "日本", "\u{1f4e7}", "!!str x", "&a", "*a", "|", ">", "2026-11-01", "12:30", "=", "<<", "a  b", "C:\\x"],
);
const text = (max: number) =>
  fc
    .oneof(words, fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }))
    .map((one) =>
      one
        .replace(/[\p{Cc}\p{Cs}\u2028\u2029\ufeff]/gu, "")
        .trim()
        .slice(0, max)
        .trim(),
    )
    .filter((one) => one !== "" && !/\p{Cs}/u.test(one));
const label = fc.constantFrom("contoso", "a", "x-1", "müller", "mail", "fabrikam");
const domain = fc.array(label, { minLength: 1, maxLength: 2 }).map((labels) => [...labels, "example"].join("."));
const address = fc
  .tuple(fc.constantFrom("info", "a.b", "o'hara", "x+y", "Ärger", "null", "1"), domain)
  .map(([local, at]) => `${local}@${at}`);
const host = fc.oneof(domain, fc.constantFrom("192.168.1.15", "10.0.0.1", "fd00::1"));
const flag = fc.boolean();
const between = (min: number, max: number) => fc.integer({ min, max });
const pin = fc
  .array(fc.constantFrom(..."0123456789abcdef"), { minLength: 64, maxLength: 64 })
  .map((hex) => `sha256:${hex.join("")}`);
const secret = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  .map((one) => `p${one.replace(/[\r\n\0\p{Cs}]/gu, "")}`);

const exchange = fc
  .record({
    host,
    port: between(1, 65535),
    tls: fc.constantFrom("off" as const, "allow" as const, "require" as const, "implicit" as const),
    certificate: fc.oneof(fc.constantFrom("any", "system"), pin),
    certificateName: fc.constantFrom("", "mail.contoso.example"),
    oldestTls: fc.constantFrom("1.0" as const, "1.2" as const),
    timeoutSeconds: between(5, 3600),
    retryMinutes: between(1, 1440),
    giveUpAfterHours: between(1, 2160),
    heloDomain: fc.constantFrom("", "ferry.example", "[192.0.2.7]"),
    username: fc.oneof(fc.constant(""), text(255)),
    maxConnections: between(1, 100),
    paused: flag,
    uncertain: fc.constantFrom("resend" as const, "hold" as const),
    postmaster: address,
    notify: fc.record({ spam: flag, unknownRecipient: flag, badmail: flag, collecting: flag }),
    password: secret,
  })
  .map(({ password, ...settings }) => (settings.username === "" ? settings : { ...settings, password }));

const recipients = fc.oneof(
  fc.record({ mode: fc.constant("single"), address }),
  fc.record({
    mode: fc.constant("headers"),
    headers: fc.uniqueArray(fc.constantFrom("Delivered-To", "X-Original-To", "Received", "To", "on"), {
      minLength: 1,
      maxLength: 4,
    }),
    domains: fc.uniqueArray(domain, { minLength: 1, maxLength: 3 }),
    own: fc.uniqueArray(address, { maxLength: 2 }),
    nobody: fc.oneof(fc.constant("hold"), address),
  }),
);
const start = fc.constantFrom("all", "now", "2026-11-01", "2026-11-27T18:00+01:00", "2026-11-27T18:00:01.5Z");

const mailbox = fc
  .record({
    name: text(64),
    paused: flag,
    protocol: fc.constantFrom("pop3", "imap"),
    host,
    port: between(1, 65535),
    tls: fc.constantFrom("off", "starttls", "implicit"),
    certificate: fc.oneof(fc.constantFrom("any", "system"), pin),
    username: text(255),
    folder: text(60),
    pollSeconds: between(30, 86400),
    timeoutSeconds: between(5, 3600),
    maxPerPoll: between(1, 10000),
    start,
    rerouteUnknownTo: fc.oneof(fc.constant(""), address),
    after: fc.constantFrom("delete", "keep", "keep-days"),
    keepDays: between(1, 3650),
    renumberLimit: between(1, 1_000_000),
    stopped: flag,
    recipients,
    password: secret,
  })
  // A POP3 mailbox has one folder, which the file need not say.
  .map((one) => (one.protocol === "pop3" ? { ...one, folder: "INBOX" } : one));

const pattern = fc.oneof(words, address, fc.constantFrom("*@contoso.example", "*.exe", "?"));
const rule = fc.record({
  name: text(120),
  when: fc
    .record(
      {
        ...{ recipient: pattern, sender: pattern, subject: pattern, mailbox: pattern },
        header: fc.record({
          name: fc.constantFrom("X-Spam", "List-Id"),
          contains: fc.oneof(fc.constant(""), text(100)),
        }),
        sizeOver: fc.oneof(between(0, 10 ** 9), fc.constantFrom("10 MB", "1.5 GB", "300KB", "17")),
      },
      { requiredKeys: [] },
    )
    .filter((when) => Object.keys(when).length > 0),
  // Elsewhere than any recipient: rules in a circle are refused.
  then: fc.oneof(
    fc.record({ redirect: fc.constant(["to@elsewhere.test"]) }),
    fc.record({ copyTo: fc.uniqueArray(fc.constantFrom("c1@elsewhere.test", "c2@elsewhere.test"), { minLength: 1 }) }),
    fc.record({ hold: fc.constant(true) }),
    fc.record({ discard: text(100) }),
  ),
  continue: flag,
});

const sourceOf = (one: { protocol: string; host: string; username: string; folder: string }) =>
  [one.protocol, one.host, one.username, one.folder].join("\n");

export const aTenant = fc.record({
  slug: fc.constantFrom("contoso", "a", "null", "0", "1e3", "x-1"),
  name: text(120),
  site: fc.constant("main"),
  timeZone: fc.constantFrom("Europe/Berlin", "UTC", "America/St_Johns"),
  contact: fc.oneof(fc.constant(""), text(255)),
  exchange,
  retention: fc.record({ deliveredHours: between(0, 720), badmailDays: between(0, 3650) }),
  mailboxes: fc
    .uniqueArray(mailbox, { maxLength: 3, selector: ({ name }) => name })
    .filter((all) => new Set(all.map(sourceOf)).size === all.length),
  rules: fc.uniqueArray(rule, { maxLength: 3, selector: ({ name }) => name }),
});

/** An administrator for each, and some more. */
export const someMembers = (slugs: string[]) =>
  fc
    .uniqueArray(
      fc.record({
        email: address.map((one) => one.toLowerCase()),
        tenant: fc.constantFrom(...slugs),
        role: fc.constantFrom(...roles),
      }),
      { maxLength: 4, selector: ({ email, tenant }) => `${email} ${tenant}` },
    )
    .map((more) => [
      ...slugs.map((tenant) => ({ email: `admin-${tenant}@x.example`, tenant, role: "admin" as const })),
      ...more,
      { email: "platform@x.example", platform: true as const, role: "admin" as const },
    ]);
