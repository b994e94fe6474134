// The steps from what is known: filled in where it is, saying what is missing where it isn't, each with its way back.
import { describe, expect, it } from "vitest";
import type { PrepareFacts } from "./facts";
import { type Step, stepKeys } from "./step";
import { prepareSteps } from "./steps";

const at = new Date("2026-11-24T12:00:00Z");
const nothing: PrepareFacts = {
  ...{ server: null, workers: [], test: null, domains: [], hops: [], looked: 0, spam: null, largest: 0 },
  tooLarge: { mails: 0, largest: 0 },
};
const worker = (name: string | null, address: string | null) => ({ worker: name, address, greeting: "Hello", at });
const hop = (address: string, standing: "sure" | "rare" | "asks") => ({
  ...{ address, standing, name: "mx.provider.example", mails: 3, senders: 3, mailboxes: ["info"] },
  seenIn: { mailId: "m1", at },
});
const full: PrepareFacts = {
  server: { host: "mail.contoso.example", port: 25, username: "", maxConnections: 5, acceptsUnknown: true },
  workers: [worker("ferry-1", "192.0.2.7"), worker("ferry-2", "192.0.2.8"), worker("ferry-3", "192.0.2.7")],
  test: { at, ok: true, finding: "right", sentence: "", sizeLimit: 37_748_736 },
  domains: ["contoso.example", "branch.example"],
  hops: [hop("198.51.100.3", "sure"), hop("198.51.100.4", "rare"), hop("203.0.113.5", "asks")],
  ...{ looked: 60, spam: null, largest: 2_000_000, tooLarge: { mails: 0, largest: 0 } },
};

function step(key: Step["key"], facts: Partial<PrepareFacts> = {}, base = full): Step {
  const found = prepareSteps({ ...base, ...facts }).find((one) => one.key === key);
  if (!found) throw new Error(`no step ${key}`);
  return found;
}
const server = (change: Partial<NonNullable<PrepareFacts["server"]>>) => ({
  server: { host: "mail.contoso.example", port: 25, username: "", maxConnections: 5, acceptsUnknown: null, ...change },
});

it("says of each what it does, why, what happens without, and how it is undone", () => {
  for (const facts of [nothing, full]) {
    const steps = prepareSteps(facts);
    expect(steps.map(({ key }) => key)).toEqual(stepKeys);
    for (const { does, why, without, backWords, look, seen, run, back } of steps) {
      for (const words of [does, why, without, backWords, look, seen.words]) expect(words.length).toBeGreaterThan(20);
      expect(run === null).toBe(back === null);
      if (run === null) expect(seen.state).toBe("unknown");
    }
  }
});

describe("the connector", () => {
  it("names each address once, lets anonymous senders in and nothing more", () => {
    expect(step("connector").run).toBe(
      "New-ReceiveConnector -Name 'Mailferry' -Server $env:COMPUTERNAME -TransportRole FrontendTransport -Usage Custom " +
        "-Bindings '0.0.0.0:25' -RemoteIPRanges '192.0.2.7','192.0.2.8' " +
        "-PermissionGroups AnonymousUsers -AuthMechanism Tls -TarpitInterval 00:00:00",
    );
    expect(step("connector").back).toBe('Remove-ReceiveConnector "$env:COMPUTERNAME\\Mailferry"');
    for (const one of prepareSteps(full))
      expect(`${one.run} ${one.back}`).not.toMatch(
        /ExternalAuthoritative|ExternalSecured|Add-ADPermission|ExchangeServers/i,
      );
  });

  it("of an address of version 6 listens there too", () =>
    expect(step("connector", { workers: [worker("w", "2001:db8::7")] }).run).toContain(
      "-Bindings '0.0.0.0:25','[::]:25' -RemoteIPRanges '2001:db8::7'",
    ));

  it("is not made on the clients' port, and says what to change then", () => {
    const found = step("connector", server({ port: 587 }));
    expect(found.run).toContain("'0.0.0.0:25'");
    expect(found.notes.map(({ words }) => words).join()).toContain("set IP port number to 25");
    expect(step("connector", server({ port: 2526 })).run).toContain("'0.0.0.0:2526'");
  });

  it("takes more connections where Mailferry opens more than Exchange takes", () =>
    expect(step("connector", server({ maxConnections: 30 })).run).toContain("-MaxInboundConnectionPerSource 100"));

  it("tells one who signs in that no sign-in is needed there", () =>
    expect(
      step("connector", server({ username: "scan" }))
        .notes.map(({ words }) => words)
        .join(),
    ).toContain("empty User name"));

  it("without a known address offers no command, and says what to do", () => {
    expect(step("connector", {}, nothing)).toMatchObject({ run: null, back: null, seen: { state: "unknown" } });
    expect(step("connector", {}, nothing).seen.words).toContain("test the settings first");
    expect(step("connector", { workers: [worker("w", null)] }).seen.words).toContain("greeting names none");
    const half = step("connector", { workers: [worker("a", "192.0.2.7"), worker("b", null)] });
    expect(half.seen).toMatchObject({ state: "unknown", words: expect.stringContaining("The address of b is not") });
  });
});

describe("internal SMTP servers", () => {
  it("are ours and those that are surely the provider's", () => {
    expect(step("internal")).toMatchObject({
      run: "Set-TransportConfig -InternalSMTPServers @{Add='192.0.2.7','192.0.2.8','198.51.100.3'}",
      back: "Set-TransportConfig -InternalSMTPServers @{Remove='192.0.2.7','192.0.2.8','198.51.100.3'}",
    });
  });
  it("warn of a load balancer's address, which the greeting names in the place of ours", () => {
    expect(step("internal").notes[0]?.words).toMatch(/names 192\.0\.2\.7 and 192\.0\.2\.8 as ours.*must not be added/);
    expect(
      step("internal", { workers: [] })
        .notes.map(({ words }) => words)
        .join(),
    ).not.toContain("load balancer");
  });
  it("wait for our own address", () => expect(step("internal", { workers: [] }).run).toBeNull());
  it("are ours alone before a mail was collected", () =>
    expect(step("internal", { hops: [], looked: 0 })).toMatchObject({
      run: "Set-TransportConfig -InternalSMTPServers @{Add='192.0.2.7','192.0.2.8'}",
      seen: { words: expect.stringContaining("No mail has been collected yet") },
    }));
});

describe("recipients", () => {
  it("are looked up for each domain of the tenant", () => {
    const run = step("recipients").run ?? "";
    expect(run).toContain("Set-RecipientFilterConfig -Enabled $true -RecipientValidationEnabled $true");
    expect(run).toContain(`"$($_.DomainName)" -eq 'branch.example' } | Set-AcceptedDomain -AddressBookEnabled $true`);
  });
  it.each([
    [true, "needed"],
    [false, "done"],
    [null, "ready"],
  ])("accepts unknown addresses, %s: %s", (acceptsUnknown, state) =>
    expect(step("recipients", server({ acceptsUnknown })).seen.state).toBe(state),
  );
});

describe("sizes", () => {
  it("are both raised, and go back to what the server announced", () => {
    expect(step("sizes")).toMatchObject({
      run: 'Set-ReceiveConnector "$env:COMPUTERNAME\\Mailferry" -MaxMessageSize 100MB\nSet-TransportConfig -MaxReceiveSize 100MB',
      back: 'Set-ReceiveConnector "$env:COMPUTERNAME\\Mailferry" -MaxMessageSize 36MB\nSet-TransportConfig -MaxReceiveSize 10MB',
    });
  });
  it("are above the largest that was refused, and never above what Exchange knows", () => {
    const found = step("sizes", { tooLarge: { mails: 2, largest: 150_000_000 } });
    expect(found.run).toContain("200MB");
    expect(found.seen).toMatchObject({ state: "needed", words: expect.stringContaining("2 mails lie in BADMAIL") });
    expect(step("sizes", { largest: 9_000_000_000 }).run).toContain("2047MB");
  });
  it("go back to the very bytes where those are no whole megabytes", () =>
    expect(step("sizes", { test: { ...full.test, sizeLimit: 10_000_000 } as PrepareFacts["test"] }).back).toContain(
      "-MaxMessageSize 10000000",
    ));
});

describe("the provider's spam", () => {
  it("is known by the header that its mails have", () => {
    const found = step("spam", { spam: { header: "X-Spam-Status", word: "Yes", mails: 9, marked: 2 } });
    expect(found.run).toBe(
      "New-TransportRule -Name 'Mailferry: the provider says spam' -HeaderContainsMessageHeader 'X-Spam-Status' -HeaderContainsWords 'Yes' -SetSCL 6",
    );
    expect(found.seen.words).toContain("in 9 of the newest 60 mails, and marks 2 of them as spam");
  });
  it("is X-Spam-Flag where no mail tells", () => expect(step("spam").run).toContain("'X-Spam-Flag'"));
});
