import { describe, expect, it } from "vitest";
import { lastWordsOf, shortWordsOf } from "./last-words";

const said = (lastCode: number | null, lastWords: string | null) => ({ lastCode, lastWords });

describe("a server's last words in a list", () => {
  it.each([
    [
      250,
      "2.6.0 <954784fc@EX01.contoso.example> [InternalId=34359738369, Hostname=EX01.contoso.example] 1234 bytes in 0.101, 11.931 KB/sec Queued mail for delivery",
      "250 2.6.0 Queued mail for delivery",
    ],
    [250, "2.6.0 <954784fc@EX01> [InternalId=7] Queued mail for delivery", "250 2.6.0 Queued mail for delivery"],
    [250, "2.0.0 Ok: queued as 4F2A1", "250 2.0.0 Ok: queued as 4F2A1"],
    [550, "5.1.1 <nobody@contoso.example>: Recipient address rejected", "550 5.1.1 Recipient address rejected"],
    [
      554,
      "5.7.1 Service unavailable; Client host [192.0.2.9] blocked",
      "554 5.7.1 Service unavailable; Client host blocked",
    ],
    [
      550,
      "5.7.1 RESOLVER.RST.AuthRequired; authentication required [Stage: CreateMessage]",
      "550 5.7.1 RESOLVER.RST.AuthRequired; authentication required",
    ],
    [550, "5.2.0 [mailbox full]", "550 5.2.0 [mailbox full]"],
    [452, "4.3.1 <unclosed", "452 4.3.1 <unclosed"],
    [null, "the connection was cut", "the connection was cut"],
    [250, null, ""],
  ])("%s %s", (code, words, short) => expect(shortWordsOf(said(code, words))).toBe(short));

  it("keeps all of them for the title", () =>
    expect(lastWordsOf(said(250, "2.6.0 <id@EX01> [a] Queued"))).toBe("250 2.6.0 <id@EX01> [a] Queued"));
});
