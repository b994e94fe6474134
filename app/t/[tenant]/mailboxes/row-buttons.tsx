// What people do to a mailbox from the list or its page: collect now, pause, start. A refusal is said beside the buttons.
"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { Answer } from "@/app/_server/answer";
import { Button } from "@/app/_ui/button";
import { collectNow, pause, resume, start } from "./actions";

export function RowButtons({
  slug,
  id,
  name,
  state,
}: {
  slug: string;
  id: string;
  name: string;
  state: "active" | "paused" | "stopped";
}) {
  const router = useRouter();
  const [busy, setBusy] = useState("");
  const [said, setSaid] = useState("");
  const run = async (what: string, work: () => Promise<Answer<unknown>>, done = "") => {
    setBusy(what);
    const answer = await work().catch(() => ({ ok: false, message: "The portal did not answer. Try again." }) as const);
    setBusy("");
    setSaid(answer.ok ? done : answer.message);
    if (answer.ok) router.refresh();
  };
  const button = (what: string, label: string, work: () => Promise<Answer<unknown>>, done?: string) => (
    <Button
      size="small"
      aria-label={`${label}: ${name}`}
      busy={busy === what && "Asking"}
      onClick={() => run(what, work, done)}
    >
      {label}
    </Button>
  );
  return (
    <div className="flex flex-wrap items-center justify-end gap-2 md:flex-nowrap max-md:justify-start max-md:py-1">
      <span role="status" className="text-[12px] text-soft max-md:order-last">
        {said}
      </span>
      {state === "active" && button("collect", "Collect now", () => collectNow(slug, { id }), "Asked: it is due now")}
      {state === "active" && button("pause", "Pause", () => pause(slug, { id }))}
      {state === "paused" && button("resume", "Start", () => resume(slug, { id }))}
      {state === "stopped" && button("start", "Start", () => start(slug, { id }))}
    </div>
  );
}
