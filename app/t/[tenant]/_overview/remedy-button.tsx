// The one button that helps: opens the page where it is mended, or does it at once.
"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Button, type ButtonKind } from "@/app/_ui/button";
import { ButtonLink } from "@/app/_ui/button-link";
import type { Remedy } from "@/domain/overview/flow";
import { useTrying } from "../_trying/trying";
import { pause, tryAllNow } from "../exchange/actions";

interface Props {
  slug: string;
  remedy: Remedy;
  kind?: ButtonKind;
  may: { run: boolean; edit: boolean };
}

export function RemedyButton({ slug, remedy, kind, may }: Props) {
  const router = useRouter();
  const tried = useTrying();
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState("");
  if (remedy.do === "open") {
    return (
      <ButtonLink
        kind={kind}
        size="small"
        href={`/t/${slug}/${may.edit ? remedy.page : (remedy.readingPage ?? remedy.page)}`}
      >
        {may.edit ? remedy.label : (remedy.reading ?? remedy.label)}
      </ButtonLink>
    );
  }
  const allowed = remedy.do === "resume" ? may.edit : may.run;
  if (!allowed)
    return (
      <ButtonLink kind={kind} size="small" href={`/t/${slug}/exchange`}>
        Look at Exchange
      </ButtonLink>
    );
  const act = async () => {
    setBusy(true);
    const answer = await (remedy.do === "resume" ? pause(slug, { paused: false }) : tryAllNow(slug, {})).catch(
      () => ({ ok: false, message: "The portal did not answer. Try again." }) as const,
    );
    setBusy(false);
    setSaid(answer.ok ? (remedy.do === "resume" ? "It goes on." : "") : answer.message);
    if (answer.ok && answer.data && "until" in answer.data) tried(answer.data);
    if (answer.ok) router.refresh();
  };
  return (
    <span className="flex flex-wrap items-center gap-y-2">
      <span role="status" className="not-empty:mr-2 text-soft text-table">
        {said}
      </span>
      <Button kind={kind} size="small" busy={busy && "Asking"} onClick={act}>
        {remedy.do === "resume" ? "Resume" : "Try all now"}
      </Button>
    </span>
  );
}
