import { expect, it } from "vitest";
import { findingOf } from "@/domain/prepare/findings";
import { exchangeAdvice, type Trouble } from "@/domain/probe/run-exchange-verdict";
import { fingerprintsCommand } from "./fingerprints-command";
import { exchangeDefaults } from "./schema";

const trouble: Trouble = {
  step: "open",
  stage: "starttls",
  kind: "certificate",
  message: "it is self-signed",
  reply: null,
  certificate: null,
  seenAs: "",
  mailFrom: "",
};

it("is what people get where they are to compare a certificate, and never the SHA-1 of Thumbprint", () => {
  expect(fingerprintsCommand).toMatch(/^Get-ChildItem Cert:\\LocalMachine\\My \| .*SHA256.*\$_\.RawData/);
  expect(fingerprintsCommand).not.toContain("Thumbprint");
  for (const certificate of ["system", `sha256:${"a".repeat(64)}`]) {
    const settings = {
      ...exchangeDefaults,
      host: "ex01.contoso.example",
      postmaster: "p@contoso.example",
      certificate,
    };
    const advice = exchangeAdvice(trouble, settings);
    expect(advice.command).toBe(fingerprintsCommand);
    expect(findingOf(advice.name)?.run).toBe(fingerprintsCommand);
  }
});
