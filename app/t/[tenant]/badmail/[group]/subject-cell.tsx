// A row's first cell: the box to choose it, its subject and sender, and why it could not be done.
"use client";
import { SoftLink } from "@/app/_ui/soft-link";
import type { GroupMail } from "@/domain/message/groups";

export type Row = GroupMail & { limit: number | null };

export interface Choosing {
  chosen: (id: string) => boolean;
  toggle: (id: string) => void;
  failed: (id: string) => string | undefined;
}

export function Subject({ row, slug, choosing }: { row: Row; slug: string; choosing: Choosing | null }) {
  const fault = choosing?.failed(row.id);
  const subject = row.subject || "without a subject";
  return (
    <div className="flex min-w-0 gap-3">
      {choosing && (
        <input
          type="checkbox"
          className="mt-[3px] size-4 shrink-0"
          aria-label={`Choose “${subject}” from ${row.from || "an unknown sender"}`}
          checked={choosing.chosen(row.id)}
          onChange={() => choosing.toggle(row.id)}
        />
      )}
      <div className="min-w-0">
        <SoftLink
          href={`/t/${slug}/messages/${row.id}`}
          className="font-medium underline-offset-2 [overflow-wrap:anywhere] hover:underline"
        >
          {subject}
        </SoftLink>
        <div className="text-[12px] text-soft [overflow-wrap:anywhere]">{row.from || "no sender"}</div>
        {fault && (
          <p className="text-[12px] text-stop">
            <span aria-hidden>■ </span>
            {fault}
          </p>
        )}
      </div>
    </div>
  );
}
