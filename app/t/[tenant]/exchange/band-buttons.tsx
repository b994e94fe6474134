// Try all now, pause and resume, beside what the band says of the lane.
"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { Answer } from "@/app/_server/answer";
import { Button } from "@/app/_ui/button";
import { useTrying } from "../_trying/trying";
import { pause, tryAllNow } from "./actions";

interface Props {
  slug: string;
  paused: boolean;
  /** may have all mail tried, and there is a reason to */
  tries: boolean;
  /** may pause and resume */
  pauses: boolean;
}

export function BandButtons({ slug, paused, tries, pauses }: Props) {
  const router = useRouter();
  const tried = useTrying();
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const run = async (work: () => Promise<Answer<unknown>>) => {
    setBusy(true);
    const answer = await work().catch(() => ({ ok: false, message: "The portal did not answer. Try again." }) as const);
    setBusy(false);
    setFault(answer.ok ? "" : answer.message);
    if (answer.ok) router.refresh();
  };
  const tryAll = async () => {
    const answer = await tryAllNow(slug, {});
    if (answer.ok) tried(answer.data);
    return answer;
  };
  return (
    <>
      {tries && (
        <Button size="small" busy={busy && "Trying"} onClick={() => run(tryAll)}>
          Try all now
        </Button>
      )}
      {pauses && (
        <Button size="small" onClick={() => run(() => pause(slug, { paused: !paused }))}>
          {paused ? "Resume" : "Pause"}
        </Button>
      )}
      <p role="alert" className="w-0 min-w-full text-stop text-table empty:hidden">
        {fault && `■ ${fault}`}
      </p>
    </>
  );
}
