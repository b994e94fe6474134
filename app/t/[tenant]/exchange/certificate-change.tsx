// Another certificate than the trusted one: both, how to compare, and the one click to trust the new one.
"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { CertificateBlock, fingerprintOf, inPairs } from "@/app/_ui/certificate-block";
import { ConfirmDialog } from "@/app/_ui/confirm-dialog";
import { CopyButton } from "@/app/_ui/copy-button";
import { withFresh } from "@/app/_ui/fresh-sign-in";
import { PasswordInput } from "@/app/_ui/password-input";
import { fingerprintsCommand } from "@/domain/exchange/fingerprints-command";
import { trust } from "./actions";
import type { CertificatePair } from "./certificate-pair";

interface CertificateChangeProps {
  slug: string;
  pair: CertificatePair;
  hasPassword: boolean;
  mayEdit: boolean;
}

export function CertificateChange({ slug, pair: { trusted, seen }, hasPassword, mayEdit }: CertificateChangeProps) {
  const router = useRouter();
  const [password, setPassword] = useState("");
  const fingerprint = fingerprintOf(seen);
  const [trustedNow, setTrustedNow] = useState("");
  const done = fingerprint !== "" && trustedNow === fingerprint;
  return (
    <div className="grid gap-4 rounded-md bg-stop-soft px-4 py-3 text-table">
      <p className="font-medium text-body">
        <span aria-hidden className="mr-2 text-[12px] text-stop">
          ■
        </span>
        {trusted
          ? "The server shows another certificate than the one that was trusted."
          : "The server shows a certificate that this system can’t verify."}{" "}
        No mail and no password was sent to it.
      </p>
      <div className="grid gap-4 md:grid-cols-2">
        {trusted && <CertificateBlock text="Trusted before" facts={trusted} />}
        <CertificateBlock text="Shown now" facts={seen} />
      </div>
      {done && (
        <p role="status" className="font-medium">
          Trusted. What waits is being sent.
        </p>
      )}
      {mayEdit && fingerprint && !done && (
        <div>
          <ConfirmDialog
            trigger="Trust the one shown now"
            triggerKind="primary"
            triggerSize="small"
            title="Trust this certificate?"
            confirm="Trust it"
            onConfirm={async () => {
              const answer = await withFresh(() => trust(slug, { fingerprint, ...(password ? { password } : {}) }));
              if (answer.ok) {
                setTrustedNow(fingerprint);
                router.refresh();
              }
              return answer.ok ? null : (answer.fields?.password ?? answer.message);
            }}
          >
            <HowToCompare fingerprint={fingerprint} />
            <p>Mail moves again at once. Do this only if you know that somebody renewed the certificate.</p>
            {hasPassword && (
              <PasswordInput
                label="Password"
                value={password}
                help="It will go to this certificate's owner, so give it again."
                onChange={(event) => setPassword(event.target.value)}
              />
            )}
          </ConfirmDialog>
        </div>
      )}
    </div>
  );
}

const HowToCompare = ({ fingerprint }: { fingerprint: string }) => (
  <>
    <p>
      SHA-256: <span className="font-mono text-[12px] text-ink [overflow-wrap:anywhere]">{inPairs(fingerprint)}</span>
    </p>
    <p>
      To compare it, run this in PowerShell on the Exchange server; one of its lines must begin with exactly this
      fingerprint:
    </p>
    <div className="flex flex-wrap items-start gap-2">
      <code className="min-w-0 flex-1 basis-60 rounded-sm bg-n3 px-2 py-1.5 font-mono text-[12px] text-ink [overflow-wrap:anywhere]">
        {fingerprintsCommand}
      </code>
      <CopyButton text={fingerprintsCommand} />
    </div>
  </>
);
