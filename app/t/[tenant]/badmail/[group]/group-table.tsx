// The mails of a group to choose from. What could not be done stays chosen, with the sentence why.
"use client";
import { useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import { Mono } from "@/app/_ui/page";
import { type ColumnOf, Table } from "@/app/_ui/table";
import { Time } from "@/app/_ui/time";
import type { Choice, GroupTarget, Target } from "@/domain/message/decide-schema";
import { sizeWords } from "@/domain/size-words";
import { decideMail } from "../actions";
import type { Counted } from "../decision-dialog";
import { ManyView } from "../job-view";
import { type Progress, runParts } from "../run-parts";
import { SelectionBar } from "./selection-bar";
import { type Choosing, type Row, Subject } from "./subject-cell";

export interface GroupTableProps {
  slug: string;
  zone: string;
  now: Date;
  target: GroupTarget;
  /** all that fit, not only those on this page */
  mails: number;
  rows: Row[];
  tooLarge: boolean;
  again: boolean;
  warning: string | undefined;
  mayDecide: boolean;
  mayRead: boolean;
  /** in place of the list: what was just done with its mails is said all the same */
  empty: ReactNode;
}

export function GroupTable(props: GroupTableProps) {
  const { slug, rows, mails, target, mayDecide } = props;
  const router = useRouter();
  const [chosen, setChosen] = useState<string[]>([]);
  const [whole, setWhole] = useState(false);
  const [job, setJob] = useState<{ verb: "sent" | "deleted"; progress: Progress } | null>(null);
  const visible = rows.map(({ id }) => id);
  const choose = (ids: string[]) => {
    setChosen(ids);
    setWhole(false);
  };
  const meant: Target = whole ? target : { ids: chosen };
  const run = (choice: Choice, counted: Counted) =>
    new Promise<Awaited<ReturnType<typeof runParts>>>((resolve) => {
      const verb = choice.do === "delete" ? "deleted" : "sent";
      const asked = { target: meant, total: counted.mails, until: counted.until };
      void runParts(
        (given) => decideMail(slug, { ...given, choice }),
        asked,
        (progress) => {
          setJob({ verb, progress });
          resolve(null);
          if (progress.running) return;
          choose(progress.failed.map(({ id }) => id));
          router.refresh();
        },
      ).then(resolve);
    });
  const failed = new Map(job?.progress.failed.map(({ id, message }) => [id, message]));
  const toggle = (id: string) => choose(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  return (
    <>
      {job && (
        <div className="mb-4">
          <ManyView slug={slug} verb={job.verb} progress={job.progress} onClose={() => setJob(null)} />
        </div>
      )}
      {rows.length === 0 && props.empty}
      {mayDecide && rows.length > 0 && (
        <SelectionBar
          slug={slug}
          visible={visible}
          chosen={chosen}
          whole={whole}
          mails={mails}
          target={meant}
          again={props.again}
          warning={props.warning}
          busy={job?.progress.running ?? false}
          onChoose={choose}
          onWhole={() => setWhole(true)}
          onConfirm={run}
        />
      )}
      {rows.length > 0 && (
        <Table
          caption="Mails of this cause, the newest first"
          rows={rows}
          rowKey={(row) => row.id}
          columns={columns(props, {
            chosen: (id) => whole || chosen.includes(id),
            toggle,
            failed: (id) => failed.get(id),
          })}
        />
      )}
    </>
  );
}

function columns(props: GroupTableProps, choosing: Choosing): ColumnOf<Row>[] {
  const { slug, zone, now, tooLarge, mayDecide, mayRead } = props;
  return [
    {
      key: "subject",
      head: "Mail",
      cell: (row) => <Subject row={row} slug={slug} choosing={mayDecide ? choosing : null} />,
    },
    {
      key: "to",
      head: "For",
      cell: (row) =>
        row.addresses.length === 0 ? (
          <span className="text-soft">nobody yet</span>
        ) : (
          <>
            <Mono className="text-[12px]">{row.addresses.slice(0, 2).join(", ")}</Mono>
            {row.recipients > 2 && ` and ${row.recipients - 2} more`}
          </>
        ),
    },
    {
      key: "size",
      head: "Size",
      align: "right",
      width: "w-24",
      cell: (row) => <span className="whitespace-nowrap">{sizeWords(row.size)}</span>,
    },
    ...(tooLarge
      ? [
          {
            key: "limit",
            head: "Server takes",
            align: "right",
            width: "w-28",
            cell: (row) => (
              <span className="whitespace-nowrap">
                <span className="text-soft md:hidden">server takes </span>
                {row.limit ? sizeWords(row.limit) : <span className="text-soft">not told</span>}
              </span>
            ),
          } satisfies ColumnOf<Row>,
        ]
      : []),
    { key: "at", head: "Collected", width: "w-32", cell: (row) => <Time at={row.collectedAt} zone={zone} now={now} /> },
    ...(mayRead
      ? [
          {
            key: "eml",
            head: "Download",
            quiet: true,
            align: "right",
            width: "w-16",
            cell: (row) =>
              row.erased ? (
                <span className="text-soft">erased</span>
              ) : (
                <a
                  href={`/api/t/${slug}/messages/${row.id}/eml`}
                  download
                  aria-label={`Download as .eml: ${row.subject || "without a subject"}`}
                  className="text-soft underline decoration-n6 underline-offset-2 hover:text-ink"
                >
                  .eml
                </a>
              ),
          } satisfies ColumnOf<Row>,
        ]
      : []),
  ];
}
