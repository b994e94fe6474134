// Tests the saved settings from here, so that the page learns by which address Exchange sees us. The Exchange page has more.
"use client";
import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { Button } from "@/app/_ui/button";
import { Conversation } from "@/app/_ui/conversation";
import { useProbe } from "@/app/_ui/use-probe";
import { stopTest, test } from "../actions";
import type { PageExchange } from "../page-exchange";

export function TestHere({ slug, saved }: { slug: string; saved: PageExchange }) {
  const router = useRouter();
  const probe = useProbe(slug);
  const verdict = probe.seen?.verdict ?? null;
  // What the test found out is in the commands as soon as it has ended.
  useEffect(() => {
    if (verdict) router.refresh();
  }, [verdict, router]);
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <Button
          busy={probe.busy && "Testing"}
          onClick={() => void probe.start(() => test(slug, { ...saved.settings, version: saved.version }))}
        >
          Test settings (email to postmaster)
        </Button>
        <span className="text-soft text-table">Sends two mails to {saved.settings.postmaster}.</span>
      </div>
      <section aria-label="Test">
        <Conversation probe={probe} stale={false} empty={null} onStop={(id) => void stopTest(slug, { id })} />
      </section>
    </div>
  );
}
