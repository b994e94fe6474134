// The rules over several fields of the Exchange page: each refusal stands at the field that mends it, with what to do.
import { describe, expect, it } from "vitest";
import { defaultCertificate, defaultPort, type ExchangeSettings, exchangeDefaults, exchangeSettings } from "./schema";

const settings = (over: Partial<ExchangeSettings> = {}) => ({
  ...exchangeDefaults,
  host: "mail.contoso.example",
  postmaster: "postmaster@contoso.example",
  ...over,
});
const faults = (over: Partial<ExchangeSettings>) => {
  const parsed = exchangeSettings.safeParse(settings(over));
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => [path.join("."), message] as const);
};

describe("defaults", () => {
  it("are those of the page", () => {
    expect(exchangeSettings.parse(settings())).toMatchObject({
      port: 25,
      tls: "allow",
      timeoutSeconds: 60,
      retryMinutes: 10,
      heloDomain: "",
      oldestTls: "1.2",
      notify: { spam: true, unknownRecipient: true, badmail: true },
    });
  });
  it("the port is 25, and 465 with implicit TLS", () => {
    expect(["off", "allow", "require", "implicit"].map(defaultPort)).toEqual([25, 25, 25, 465]);
  });
  it("a certificate is checked as soon as a password or required encryption is in play", () => {
    expect(defaultCertificate("off", "")).toBe("any");
    expect(defaultCertificate("allow", "")).toBe("any");
    expect(defaultCertificate("allow", "ferry")).toBe("system");
    expect(defaultCertificate("require", "")).toBe("system");
    expect(defaultCertificate("implicit", "")).toBe("system");
  });
});

describe("refused at save", () => {
  it.each<[string, Partial<ExchangeSettings>, string, RegExp]>([
    ["a user name without encryption", { username: "ferry", tls: "off" }, "tls", /never goes unencrypted: tick/],
    ["a user name and any certificate", { username: "ferry", certificate: "any" }, "certificate", /must be checked/],
    [
      "an address without a name to check",
      { host: "192.168.1.15", tls: "require", certificate: "system" },
      "certificateName",
      /give the name on the certificate/,
    ],
    ["a HELO name with a space", { heloDomain: "my server" }, "heloDomain", /HELO Domain/],
    ["a line break in a name", { heloDomain: "a.example\r\nMAIL FROM:<x@y>" }, "heloDomain", /HELO Domain/],
    ["a port that is none", { port: 70_000 }, "port", /IP port number/],
    ["no time at all", { timeoutSeconds: 0 }, "timeoutSeconds", /Timeout/],
    ["no interval", { retryMinutes: 0 }, "retryMinutes", /Retry failed emails/],
    ["a postmaster that is no address", { postmaster: "postmaster" }, "postmaster", /Postmaster/],
  ])("%s", (_, over, field, words) => {
    const found = faults(over);
    expect(found.map(([path]) => path)).toContain(field);
    expect(found.map(([, message]) => message).join("\n")).toMatch(words);
  });

  it.each<[string, Partial<ExchangeSettings>]>([
    ["a user name with allow and a checked certificate", { username: "ferry", certificate: "system" }],
    [
      "an address with a name to check",
      { host: "192.168.1.15", tls: "require", certificate: "system", certificateName: "mail.contoso.example" },
    ],
    ["an address with a pin", { host: "192.168.1.15", username: "ferry", certificate: `sha256:${"a".repeat(64)}` }],
    ["an address literal for HELO", { heloDomain: "[192.0.2.7]" }],
  ])("but not %s", (_, over) => expect(faults(over)).toEqual([]));
});
