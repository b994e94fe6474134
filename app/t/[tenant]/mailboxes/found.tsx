// What a mailbox test found: how many mails, and for the newest 20 who would get them and by which header.
"use client";
import { Mono } from "@/app/_ui/page";
import { shortTime } from "@/app/_ui/time";
import type { ProbeSeen } from "@/app/_ui/use-probe";
import type { PreviewCount, PreviewRow } from "@/domain/probe/schema";
import { sizeWords } from "@/domain/size-words";

export interface Found {
  count: PreviewCount | null;
  rows: PreviewRow[];
  /** the server has no UIDL or no TOP: only `all` can be offered */
  onlyAll: boolean;
}

/** The worker wrote these facts through the types of domain/probe/schema. */
export function foundBy(seen: ProbeSeen | null): Found {
  const lines = seen?.lines ?? [];
  const count = lines.find((line) => line.kind === "count")?.facts as unknown as PreviewCount | undefined;
  const rows = lines.filter((line) => line.kind === "preview").map((line) => line.facts as unknown as PreviewRow);
  const verdict = seen?.verdict;
  const onlyAll =
    verdict?.facts.uidsUsable === false ||
    verdict?.facts.canPeek === false ||
    (!verdict?.ok && verdict?.field === "start");
  return { count: count ?? null, rows, onlyAll };
}

export function FoundMails({
  found,
  zone,
  now,
  countOnly,
}: {
  found: Found;
  zone: string;
  now: Date;
  /** who would get them is asked later */
  countOnly?: boolean;
}) {
  if (!found.count) return null;
  const { count, bytes, atLeast } = found.count;
  return (
    <section className="mt-2 grid grid-cols-[minmax(0,1fr)] gap-3" aria-label="What would be collected">
      <h3 className="font-semibold">
        {count === 0
          ? "No mail is there."
          : `${atLeast ? "At least " : ""}${count} ${count === 1 ? "mail" : "mails"}, ${sizeWords(bytes)}`}
      </h3>
      {found.rows.length > 0 && !countOnly && (
        <>
          <p className="text-soft text-table">
            The newest {found.rows.length}, and who would get them. Nothing was collected or marked as read.
          </p>
          <ul className="grid grid-cols-[minmax(0,1fr)] border-line border-t text-table">
            {found.rows.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of one finished listing, never reordered
              <li key={index} className="grid grid-cols-[minmax(0,1fr)] gap-0.5 border-line border-b py-2">
                <div className="flex items-baseline justify-between gap-3">
                  <span className="min-w-0 truncate font-medium">{row.subject || "(no subject)"}</span>
                  <span className="tabular shrink-0 text-soft">
                    {row.receivedAt ? shortTime(row.receivedAt, zone, now) : ""} · {sizeWords(row.size)}
                  </span>
                </div>
                <div className="text-soft [overflow-wrap:anywhere]">from {row.from || "nobody"}</div>
                <div className="[overflow-wrap:anywhere]">
                  {row.recipients.length > 0 ? (
                    <>
                      → <Mono>{row.recipients.join(", ")}</Mono> <span className="text-soft">by {row.via}</span>
                    </>
                  ) : (
                    <span className="text-needs">▲ {row.via}</span>
                  )}
                </div>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
