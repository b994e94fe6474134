// Whatever a server greets us with, whatever Received lines and headers a stranger writes: what the page gives a person to
// paste into PowerShell is the commands we wrote, with whole strings in their places.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { PrepareFacts } from "@/domain/prepare/facts";
import { hopsOf, type SeenMail } from "@/domain/prepare/hops";
import { spamMarkIn } from "@/domain/prepare/spam-mark";
import { prepareSteps } from "@/domain/prepare/steps";
import { literal } from "@/domain/verdict/remedy";
import { ipAddress, ipAddressIn } from "@/mail/ip-address";
import { seed } from "./seed";

/** The five characters that PowerShell reads as a single quote. */
const quotes = new Set("'‘’‚‛");

/** As PowerShell reads it: strings in single quotes apart, and the rest with a mark in their places. Null: one stays open. */
function read(command: string): { strings: string[]; rest: string } | null {
  const strings: string[] = [];
  const isQuote = (char: string | undefined) => quotes.has(char ?? "");
  const text = [...command];
  let rest = "";
  let inside: string | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (inside === null) {
      if (isQuote(char)) inside = "";
      else rest += char;
    } else if (!isQuote(char)) inside += char;
    else if (isQuote(text[at + 1])) {
      at += 1;
      inside += text[at];
    } else {
      strings.push(inside);
      rest += "§";
      inside = null;
    }
  }
  return inside === null ? { strings, rest } : null;
}

const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "'",
        "‘",
        "’",
        "‚",
        "‛",
        '"',
        "“",
        "`",
        "$(",
        "$",
        ")",
        "}",
        "{",
        "|",
        ";",
        "\n",
        "\r\n",
        "\0",
        "#",
        "<#",
      ),
      fc.constantFrom(
        "[192.0.2.7]",
        "198.51.100.3",
        "(mx.p.example [198.51.100.3",
        "])",
        " by ",
        "from ",
        "p.example",
        "\u202e",
      ),
      fc.constantFrom("Stop-Computer", "'; Stop-Computer #", "’); Stop-Computer", "\ud800", "\u2028", "\u00ad"),
      fc.string({ unit: "binary", maxLength: 8 }),
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(""));

it("a value is one string, whatever is in it, and nothing that nobody sees", () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const said = literal(text);
      const found = read(said);
      expect(found?.rest).toBe("§");
      expect(found?.strings).toEqual([text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}‘’‚‛]/gu, "")]);
      expect(said).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    }),
    { seed, numRuns: 2000 },
  );
});

const someMail = (n: number) =>
  fc.record({ lines: fc.array(nasty, { maxLength: 4 }), sender: nasty, mailbox: nasty, host: nasty }).map(
    ({ lines, sender, mailbox, host }): SeenMail => ({
      ...{ id: `m${n}`, collectedAt: new Date(0), mailbox, mailboxHost: host },
      ...{ senderDomain: sender, received: lines },
    }),
  );

const someFacts = fc
  .record({
    greetings: fc.array(nasty, { minLength: 1, maxLength: 3 }),
    mails: fc.tuple(someMail(1), someMail(2), someMail(3)),
    domains: fc.array(nasty, { maxLength: 3 }),
    host: nasty,
    header: nasty,
    known: fc.boolean(),
  })
  .map(({ greetings, mails, domains, host, header, known }): PrepareFacts => {
    const all = known ? [...greetings, "Hello [192.0.2.7]"] : greetings;
    return {
      server: { host, port: 25, username: host, maxConnections: 5, acceptsUnknown: null },
      workers: all.map((greeting) => ({ worker: greeting, greeting, address: ipAddressIn(greeting), at: new Date(0) })),
      test: { at: new Date(0), ok: false, finding: header, sentence: header, sizeLimit: 37_748_736 },
      domains,
      hops: hopsOf(
        mails,
        mails.map(({ mailbox, mailboxHost }) => ({ name: mailbox, host: mailboxHost })),
      ),
      ...{ looked: mails.length, spam: spamMarkIn([{ first: () => header }]), largest: 0 },
      tooLarge: { mails: 0, largest: 0 },
    };
  });

/** Lists of strings, lines of domains and bindings repeat; what is between strings must not change. */
const shape = (rest: string) =>
  rest
    .replace(/§(,§)*/g, "§")
    .split("\n")
    .filter((line, n, lines) => !line.startsWith("Get-AcceptedDomain |") || lines.indexOf(line) === n)
    .join("\n");

const ours =
  /^(?:Mailferry(?:: the provider says spam)?|X-Spam(?:-Flag|-Status)?|YES|Yes|0\.0\.0\.0:25|\[::\]:25|\*[\w -]+\*|Unlimited)$/;

it("each command keeps its shape, and holds nothing but addresses, domains and words of ours", () => {
  const shapes = new Map<string, Set<string>>();
  let filled = 0;
  fc.assert(
    fc.property(someFacts, (facts) => {
      for (const { key, look, run, back, notes } of prepareSteps(facts)) {
        const commands = [look, run, back, ...notes.map(({ command }) => command ?? null)];
        for (const [n, command] of commands.entries()) {
          if (command === null) continue;
          const found = read(command);
          expect(found, command).not.toBeNull();
          expect(command).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
          const place = `${key} ${n}`;
          shapes.set(place, (shapes.get(place) ?? new Set()).add(shape(found?.rest ?? "")));
          for (const text of found?.strings ?? []) {
            const domain = key === "recipients" && facts.domains.some((one) => literal(one) === literal(text));
            expect(ours.test(text) || ipAddress(text) === text || domain, `${command}: ${text}`).toBe(true);
            filled += ipAddress(text) ? 1 : 0;
          }
        }
      }
    }),
    { seed, numRuns: 1500 },
  );
  expect(filled).toBeGreaterThan(1000);
  // The connector has a note more where its address is known, and recipients none without domains.
  for (const [place, seen] of shapes)
    expect([place, [...seen].length]).toEqual([place, place.startsWith("recipients 1") ? 2 : 1]);
});
