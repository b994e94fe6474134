// Recovery codes, shown once.
"use client";
import { Button } from "./button";
import { CopyButton } from "./copy-button";
import { Banner } from "./state";

export function RecoveryCodes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const text = codes.join("\n");
  return (
    <section aria-label="Recovery codes" className="grid gap-4">
      <Banner live state="needs" title="Keep these recovery codes. They are shown only now.">
        With one of them you sign in without your phone or passkey. Each works once. Print them, or put them where you
        keep passwords.
      </Banner>
      <ul className="grid grid-cols-2 gap-x-6 gap-y-1 font-mono text-table max-[420px]:grid-cols-1">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <Button kind="primary" onClick={onKept}>
          I have kept them
        </Button>
        <CopyButton text={text} label="Copy all" />
      </div>
    </section>
  );
}
