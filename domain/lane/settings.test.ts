import { describe, expect, it } from "vitest";
import type { SmtpFacts } from "@/mail/smtp";
import { type LaneSettings, laneWarning } from "./settings";

const settings: LaneSettings = {
  epoch: 0,
  host: "mail.contoso.example",
  port: 25,
  tls: "allow",
  certificate: "any",
  certificateName: "",
  oldestTls: "1.2",
  timeoutSeconds: 60,
  heloDomain: "",
  username: "",
  password: null,
  outcome: {
    retryMinutes: 10,
    giveUpAfterHours: 120,
    uncertain: "resend",
    notify: { spam: true, unknownRecipient: true, badmail: true, collecting: true },
  },
  trusted: null,
  greetsUs: "",
  starttlsSeen: true,
  ownDomains: new Set(),
};
const facts: SmtpFacts = {
  greeting: "",
  greetsUs: "",
  extensions: [],
  sizeLimit: null,
  starttlsOffered: true,
  encrypted: true,
  certificate: null,
  accepted: "any",
};

describe("a lane's warning", () => {
  it("is silent when all is well", () => expect(laneWarning(settings, facts)).toBeNull());
  it("says that another certificate than the pinned one was verified", () =>
    expect(laneWarning(settings, { ...facts, accepted: "system-instead-of-pin" })).toContain("another certificate"));
  it("says that StartTLS is no longer offered", () =>
    expect(laneWarning(settings, { ...facts, starttlsOffered: false })).toContain("no longer"));
  it("not where it never was, or is switched off", () => {
    const without = { ...facts, starttlsOffered: false };
    expect(laneWarning({ ...settings, greetsUs: "", starttlsSeen: false }, without)).toBeNull();
    expect(laneWarning({ ...settings, tls: "off" }, without)).toBeNull();
  });
});
