// The menu's links: the one where you are is marked for eye and ear.
"use client";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { SoftLink } from "./soft-link";

export interface NavEntry {
  href: string;
  label: string;
  count?: number | undefined;
  /** the count waits for a person */
  needs?: boolean | undefined;
  /** what the count is made of */
  title?: string | undefined;
  /** begins a new group: a line is drawn above */
  group?: boolean | undefined;
  /** only this very address is "here", not what lies below it */
  exact?: boolean | undefined;
  /** fetched before the press */
  ahead?: boolean | undefined;
}

export const isHere = (path: string, entry: NavEntry) =>
  entry.exact ? path === entry.href : path === entry.href || path.startsWith(`${entry.href}/`);

export function SideNav({ entries }: { entries: readonly NavEntry[] }) {
  const path = usePathname();
  return (
    <ul className="grid gap-px">
      {entries.map((entry) => (
        <li key={entry.href} className={entry.group ? "mt-2 border-line border-t pt-2" : ""}>
          <SoftLink
            href={entry.href}
            ahead={entry.ahead}
            aria-current={isHere(path, entry) ? "page" : undefined}
            className="flex h-8 items-center justify-between gap-2 rounded-md px-2.5 text-soft hover:bg-n4 hover:text-ink aria-[current=page]:bg-n4 aria-[current=page]:font-medium aria-[current=page]:text-ink"
          >
            <span>
              {entry.label}
              <span aria-hidden data-coming />
            </span>
            <Count entry={entry} />
          </SoftLink>
        </li>
      ))}
    </ul>
  );
}

function Count({ entry }: { entry: NavEntry }) {
  if (!entry.count) return null;
  return (
    <span className="tabular text-table" title={entry.title}>
      {entry.count >= 10_000 ? "10,000+" : entry.count.toLocaleString("en")}
      {entry.needs && (
        <span className="ml-1.5 text-[11px] text-needs">
          <span aria-hidden>▲</span>
          <span className="sr-only">needs you</span>
        </span>
      )}
    </span>
  );
}

/** Small screens: four entries and what else there is. */
export function BottomNav({ entries, more }: { entries: readonly NavEntry[]; more: ReactNode }) {
  const path = usePathname();
  return (
    <ul className="grid auto-cols-fr grid-flow-col">
      {entries.map((entry) => (
        <li key={entry.href}>
          <SoftLink
            href={entry.href}
            ahead={entry.ahead}
            aria-current={isHere(path, entry) ? "page" : undefined}
            className="grid h-14 place-items-center content-center border-transparent border-t-2 text-soft text-xs aria-[current=page]:border-accent aria-[current=page]:text-ink"
          >
            <span>{entry.label}</span>
            <span className="h-4 text-ink leading-4">
              <Count entry={entry} />
            </span>
          </SoftLink>
        </li>
      ))}
      <li>{more}</li>
    </ul>
  );
}
