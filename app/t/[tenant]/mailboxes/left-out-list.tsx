// Mails that `start` left out (with "collect these too"), or that could not be collected (with "try again now").
"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { Answer } from "@/app/_server/answer";
import { Button } from "@/app/_ui/button";
import { Mono } from "@/app/_ui/page";
import { Table } from "@/app/_ui/table";
import { Time } from "@/app/_ui/time";
import type { LeftOut } from "@/domain/mailbox/store-run";
import { sizeWords } from "@/domain/size-words";
import { collectLeftOut, tryBadAgain } from "./actions";

export interface LeftOutListProps {
  kind: "skipped" | "bad";
  slug: string;
  id: string;
  rows: LeftOut[];
  total: number;
  zone: string;
  now: Date;
  mayRun: boolean;
}

const words = {
  skipped: {
    title: (n: number) => `${n} ${n === 1 ? "mail was" : "mails were"} left out`,
    help: "They were there before the time set under “What is in the mailbox now”. They stay at the provider.",
    all: "Collect these too",
  },
  bad: {
    title: (n: number) => `${n} ${n === 1 ? "mail" : "mails"} could not be collected`,
    help: "They stop nothing else. Each is tried again after an hour, then daily, and stays at the provider.",
    all: "Try again now",
  },
} as const;

export function LeftOutList({ kind, slug, id, rows, total, zone, now, mayRun }: LeftOutListProps) {
  const router = useRouter();
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState("");
  if (total === 0) return said ? <p className="mt-10 text-soft">{said}</p> : null;
  const run = async (work: () => Promise<Answer<number>>) => {
    setBusy(true);
    const answer = await work().catch(() => ({ ok: false, message: "The portal did not answer. Try again." }) as const);
    setBusy(false);
    setSaid(answer.ok ? `Asked for ${answer.data}: the next session takes them.` : answer.message);
    if (answer.ok) router.refresh();
  };
  const at = (when: Date | null) => (when ? <Time at={when} zone={zone} now={now} /> : "");
  return (
    <section className="mt-10 border-line border-t pt-6">
      <div className="mb-3 flex flex-wrap items-start justify-between gap-3">
        <div>
          <h2 className="font-semibold">{words[kind].title(total)}</h2>
          <p className="mt-1 text-soft">{words[kind].help}</p>
        </div>
        {mayRun && (
          <Button
            busy={busy && "Asking"}
            onClick={() => run(() => (kind === "bad" ? tryBadAgain(slug, { id }) : collectLeftOut(slug, { id })))}
          >
            {words[kind].all}
          </Button>
        )}
      </div>
      <p role="status" className="text-soft text-table">
        {said}
      </p>
      <Table
        caption={words[kind].title(total)}
        rows={rows}
        rowKey={(row) => String(row.id)}
        columns={[
          {
            key: "mail",
            head: "Mail",
            cell: (row) => (
              <span className="[overflow-wrap:anywhere]">
                {row.headline || "(no subject known)"} <Mono className="text-soft">{row.uid}</Mono>
              </span>
            ),
          },
          { key: "at", head: "Received", cell: (row) => at(row.receivedAt) },
          { key: "size", head: "Size", align: "right", cell: (row) => (row.size === null ? "" : sizeWords(row.size)) },
          ...(kind === "bad"
            ? [
                { key: "why", head: "Why", cell: (row: LeftOut) => row.lastError ?? "" },
                { key: "next", head: "Next try", cell: (row: LeftOut) => at(row.nextTryAt) },
              ]
            : []),
        ]}
      />
      {rows.length < total && (
        <p className="mt-2 text-soft text-table">
          The newest {rows.length} of {total} are shown.
        </p>
      )}
    </section>
  );
}
