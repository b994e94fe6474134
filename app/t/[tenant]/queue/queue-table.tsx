// The waiting mails with their boxes: try the chosen ones now, hold them, or hold all that wait; what was held can go on.
"use client";
import { useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import { Button } from "@/app/_ui/button";
import { StateMark } from "@/app/_ui/state";
import { mailWords } from "@/domain/mail-words";
import type { WaitingTarget } from "@/domain/queue/schema";
import { ManyView, type Verb } from "../badmail/job-view";
import { notReached, type Progress, runParts } from "../badmail/run-parts";
import { type MailColumn, MailTable } from "../messages/mail-table";
import { hold, release, tryTheseNow } from "./actions";
import { QueueBar } from "./queue-bar";

export interface QueueRow {
  id: string;
  subject: string;
  from: string;
  to: string;
  everybody: string;
  lost: boolean;
  next: string;
  smallNext: string;
  tries: number;
  since: ReactNode;
  words: ReactNode;
}

interface Props {
  slug: string;
  rows: QueueRow[];
  /** all that wait, as the page counts them */
  mails: string;
  more: boolean;
  mayRun: boolean;
  /** in place of the list: all may be held, and the way back stays */
  empty: ReactNode;
}

interface Job {
  verb: Verb;
  progress: Progress;
  /** by it, and not let go on yet */
  held: string[];
}

const noAnswer = "The portal did not answer. Try again.";

export function QueueTable({ slug, rows, mails, more, mayRun, empty }: Props) {
  const router = useRouter();
  const [picked, setPicked] = useState<readonly string[]>([]);
  const [whole, setWhole] = useState(false);
  const [job, setJob] = useState<Job | null>(null);
  const [releasing, setReleasing] = useState(false);
  const [said, setSaid] = useState("");
  // What went meanwhile is chosen no longer.
  const chosen = picked.filter((id) => rows.some((row) => row.id === id));
  const choose = (ids: readonly string[]) => {
    setPicked(ids);
    setWhole(false);
    setSaid("");
  };
  const report = (verb: Verb, heldOf: (progress: Progress) => string[]) => (progress: Progress) => {
    setJob({ verb, progress, held: heldOf(progress) });
    if (progress.running) return;
    choose(progress.failed.map(({ id }) => id));
    router.refresh();
  };
  const holdThem = async (counted: { mails: number; until: number }, why: string) => {
    const target: WaitingTarget = whole ? { all: true } : { ids: chosen.slice() };
    const refused = await runParts(
      (given) => hold(slug, { ...given, why }),
      { target, total: counted.mails, until: counted.until },
      report("held", ({ ids }) => ids),
    );
    return refused && !refused.ok ? (refused.fields?.why ?? refused.message) : null;
  };
  const letGoOn = async (ids: string[]) => {
    setReleasing(true);
    const refused = await runParts<never>(
      ({ target }) => release(slug, target),
      { target: { ids }, total: ids.length, until: 0 },
      report("sent", (progress) => notReached(ids, progress)),
    );
    setReleasing(false);
    if (refused && !refused.ok)
      setJob((now) => now && { ...now, progress: { ...now.progress, fault: refused.message } });
  };
  const tryNow = async () => {
    const answer = await tryTheseNow(slug, { ids: chosen }).catch(() => ({ ok: false, message: noAnswer }) as const);
    choose([]);
    setSaid(
      answer.ok ? `${mailWords(answer.data.mails)} ${answer.data.mails === 1 ? "is" : "are"} due now.` : answer.message,
    );
    router.refresh();
  };
  const failed = new Map(job?.progress.failed.map(({ id, message }) => [id, message]));
  const box = (row: QueueRow) => (
    <input
      type="checkbox"
      className="relative z-10 size-4 align-middle"
      aria-label={`Choose “${row.subject}” from ${row.from}`}
      checked={whole || chosen.includes(row.id)}
      onChange={() => choose(chosen.includes(row.id) ? chosen.filter((id) => id !== row.id) : [...chosen, row.id])}
    />
  );
  return (
    <>
      {job && (
        <div className="mb-4">
          <ManyView
            slug={slug}
            verb={job.verb}
            progress={job.progress}
            onClose={() => setJob(null)}
            undo={
              job.held.length > 0 && (
                <Button size="small" busy={releasing && "Letting go on"} onClick={() => void letGoOn(job.held)}>
                  {job.verb === "held" ? `Let ${job.held.length === 1 ? "it" : "them"} go on` : "Let the rest go on"}
                </Button>
              )
            }
          />
        </div>
      )}
      {rows.length === 0 && empty}
      {mayRun && rows.length > 0 && (
        <QueueBar
          slug={slug}
          visible={rows.map(({ id }) => id)}
          chosen={chosen}
          whole={whole}
          all={more ? mails : ""}
          said={said}
          busy={job?.progress.running ?? false}
          onChoose={choose}
          onWhole={() => setWhole(true)}
          onTry={tryNow}
          onHold={holdThem}
        />
      )}
      {rows.length > 0 && (
        <MailTable
          caption="Waiting mail, the oldest first"
          rows={rows}
          rowKey={(row) => row.id}
          href={(row) => `/t/${slug}/messages/${row.id}`}
          title={(row) => row.subject}
          linkIn="subject"
          columns={[...(mayRun ? [chooser(box)] : []), ...columns(failed, mayRun)]}
          below={(row) => failed.get(row.id) ?? `${row.smallNext} · ${row.from} → ${row.to}`}
        />
      )}
    </>
  );
}

const chooser = (cell: MailColumn<QueueRow>["cell"]): MailColumn<QueueRow> => ({
  key: "choose",
  head: "Chosen",
  quiet: true,
  width: "w-8",
  small: "mark",
  cell,
});

const columns = (failed: ReadonlyMap<string, string>, chosen: boolean): MailColumn<QueueRow>[] => [
  { key: "since", head: "Since", width: "w-26", small: "time", cell: (row) => row.since },
  {
    key: "next",
    head: "Next try",
    width: "w-44",
    ...(chosen ? {} : { small: "mark" as const }),
    cell: (row) => <StateMark state={row.lost ? "needs" : "idle"}>{row.next}</StateMark>,
  },
  { key: "from", head: "From", width: "w-[15%]", title: (row) => row.from, cell: (row) => row.from },
  { key: "to", head: "To", width: "w-[14%]", title: (row) => row.everybody, cell: (row) => row.to },
  { key: "subject", head: "Subject", cell: () => null },
  { key: "tries", head: "Tries", width: "w-14", align: "right", cell: (row) => row.tries },
  {
    key: "words",
    head: "Last words",
    width: "w-[17%]",
    className: "max-lg:hidden",
    cell: (row) =>
      failed.has(row.id) ? (
        <span className="text-stop" title={failed.get(row.id)}>
          <span aria-hidden>■ </span>
          {failed.get(row.id)}
        </span>
      ) : (
        row.words
      ),
  },
];
