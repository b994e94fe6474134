// A server's certificate: name, issuer, expiry, fingerprint, and "trust this one" where the system can't vouch for it.
"use client";
import { Button } from "./button";
import { type Trust, trustStep } from "./verdict-words";

const text = (value: unknown, max = 300): string => (typeof value === "string" ? value.slice(0, max) : "");
export const fingerprintOf = (facts: Record<string, unknown>): string => {
  const found = text(facts.fingerprint);
  return /^[0-9a-f]{64}$/.test(found) ? found : "";
};

/** Pairs of digits, as other programs print it. */
export const inPairs = (fingerprint: string) => fingerprint.toUpperCase().match(/../g)?.join(":") ?? "";

export type OnTrust = Trust & { choose: (fingerprint: string) => void };

export function CertificateBlock({
  text: title,
  facts,
  trust,
}: {
  text: string;
  facts: Record<string, unknown>;
  /** absent where nothing is to be trusted */
  trust?: OnTrust | undefined;
}) {
  const fingerprint = fingerprintOf(facts);
  const verified = facts.verified === true;
  const rows = [
    ["Name", text(facts.subject)],
    ["Issuer", facts.selfSigned === true ? "itself (self-signed)" : text(facts.issuer)],
    ["Valid until", text(facts.validTo).slice(0, 10)],
    ["SHA-256", inPairs(fingerprint)],
    [
      "Checked",
      facts.verified === undefined
        ? ""
        : verified
          ? "this system vouches for it"
          : text(facts.problem) || "not verified",
    ],
  ].filter(([, value]) => value !== "");
  return (
    <div className="my-1 grid content-start gap-2 border-n6 border-l-2 pl-3">
      <span>{title}</span>
      <dl className="grid grid-cols-[72px_minmax(0,1fr)] gap-x-3 gap-y-0.5">
        {rows.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-soft">{name}</dt>
            <dd
              className={`[overflow-wrap:anywhere] ${name === "Checked" ? (verified ? "text-flow" : "text-needs") : "font-mono text-[12px]"}`}
            >
              {name === "Checked" && <span aria-hidden>{verified ? "✓ " : "▲ "}</span>}
              {value}
            </dd>
          </div>
        ))}
      </dl>
      {trust && fingerprint && <Trusting fingerprint={fingerprint} verified={verified} trust={trust} />}
    </div>
  );
}

function Trusting({ fingerprint, verified, trust }: { fingerprint: string; verified: boolean; trust: OnTrust }) {
  const step = trustStep(fingerprint, trust);
  if (step === "offer" && verified) return null;
  return (
    <div role="status">
      {step === "offer" && (
        <Button size="small" onClick={() => trust.choose(fingerprint)}>
          Trust this one
        </Button>
      )}
      {step === "save" && <span className="text-soft">It is trusted once you save.</span>}
      {step === "done" && <span className="text-soft">This is the one that is trusted.</span>}
    </div>
  );
}
