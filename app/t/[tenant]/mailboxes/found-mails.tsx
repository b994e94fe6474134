// What a mailbox test found: how many mails, and for the newest 20 who would get them and by which header.
"use client";
import { Mono } from "@/app/_ui/page";
import { shortTime } from "@/app/_ui/time";
import { sizeWords } from "@/domain/size-words";
import type { Found } from "./found";

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
            The newest {found.rows.length}, and who would get them. Nothing was collected or marked as read. Times in{" "}
            {zone}.
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
