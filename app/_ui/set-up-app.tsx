// Sets up an authenticator app: a picture to scan, or a secret to type, then the first code.
"use client";
import { useState } from "react";
import type { Answer } from "@/app/_server/answer";
import { addApp, offerApp } from "@/app/account/actions";
import type { Added } from "@/domain/person/second-factor";
import type { NewTotp } from "@/domain/person/totp";
import { Button } from "./button";
import { FormFault, faultAt } from "./form-fault";
import { withFresh } from "./fresh-sign-in";
import { TextInput } from "./inputs";
import { Mono } from "./page";

export function SetUpApp({ kind, onAdded }: { kind?: "primary"; onAdded: (added: Added) => void }) {
  const [offer, setOffer] = useState<NewTotp | null>(null);
  const [answer, setAnswer] = useState<Answer<unknown> | null>(null);
  const [busy, setBusy] = useState(false);
  const begin = async () => {
    setBusy(true);
    const got = await withFresh(() => offerApp({ what: "app" })).catch(() => unreachable);
    setBusy(false);
    setAnswer(got);
    if (got.ok) setOffer(got.data);
  };
  if (offer) return <FirstCode offer={offer} onAdded={onAdded} onCancel={() => setOffer(null)} />;
  return (
    <div className="grid gap-3">
      <FormFault answer={answer} />
      <div>
        <Button kind={kind} onClick={begin} busy={busy && "Making a secret"}>
          Set up an authenticator app
        </Button>
      </div>
    </div>
  );
}

const unreachable = { ok: false, message: "The portal did not answer. Check the connection and try again." } as const;

function FirstCode({
  offer,
  onAdded,
  onCancel,
}: {
  offer: NewTotp;
  onAdded: (added: Added) => void;
  onCancel: () => void;
}) {
  const [code, setCode] = useState("");
  const [answer, setAnswer] = useState<Answer<unknown> | null>(null);
  const [busy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    const got = await addApp({ code }).catch(() => unreachable);
    setBusy(false);
    setAnswer(got);
    if (got.ok) onAdded(got.data);
  };
  return (
    <form
      noValidate
      className="grid max-w-[420px] gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <p>Scan this with your authenticator app, then type the code that it shows.</p>
      <Picture qr={offer.qr} />
      <details>
        <summary className="cursor-pointer text-soft">No camera? Type the secret instead</summary>
        <p className="mt-2">
          <Mono>{offer.secret}</Mono>
        </p>
        <p className="mt-1 text-soft text-table">Time based, 6 digits, 30 seconds, SHA-1: what apps take by default.</p>
      </details>
      {answer && !answer.ok && !answer.fields && <FormFault answer={answer} />}
      <TextInput
        label="First code"
        mono
        inputMode="numeric"
        autoComplete="one-time-code"
        value={code}
        onChange={(event) => setCode(event.target.value)}
        error={faultAt(answer, "code")}
      />
      <div className="flex gap-2">
        <Button type="submit" kind="primary" busy={busy && "Checking"}>
          Switch it on
        </Button>
        <Button onClick={onCancel}>Cancel</Button>
      </div>
    </form>
  );
}

/** Dark squares on white in both themes: cameras expect that. */
function Picture({ qr }: { qr: NewTotp["qr"] }) {
  return (
    <svg
      role="img"
      aria-label="QR code for the authenticator app"
      viewBox={`0 0 ${qr.size} ${qr.size}`}
      shapeRendering="crispEdges"
      className="size-52 rounded-md border border-line"
    >
      <rect width={qr.size} height={qr.size} fill="#fff" />
      <path d={qr.path} fill="#000" />
    </svg>
  );
}
