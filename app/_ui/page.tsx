// The pieces that pages are laid out with.
import type { ReactNode } from "react";

/** Title, a line that says what the page is for, and its actions. */
export function PageHeader({
  title,
  children,
  actions,
}: {
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <header className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <h1 className="text-title font-semibold tracking-[-0.01em] [overflow-wrap:anywhere]">{title}</h1>
        {children && <div className="mt-1 max-w-[72ch] text-soft">{children}</div>}
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  );
}

/** A part of a page: a heading, and a line between it and the one before. */
export function Section({ title, children, help }: { title: string; children: ReactNode; help?: ReactNode }) {
  return (
    <section className="border-line border-t py-6 first:border-t-0 first:pt-0">
      <h2 className="font-semibold">{title}</h2>
      {help && <p className="mt-1 max-w-[72ch] text-soft">{help}</p>}
      <div className="mt-4 grid gap-5">{children}</div>
    </section>
  );
}

/** One column for forms and what is read in peace. */
export const Column = ({ children }: { children: ReactNode }) => <div className="max-w-[720px]">{children}</div>;

/** Nothing here yet: says why, and what to do. */
export function EmptyState({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="border-line border-y px-4 py-12 text-center">
      <p className="font-medium">{title}</p>
      {children && <div className="mx-auto mt-1 max-w-[56ch] text-soft">{children}</div>}
      {action && <div className="mt-5 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

/** What a machine said or reads: replies, addresses, headers. Breaks anywhere rather than widening the page. */
export const Mono = ({ children, className }: { children: ReactNode; className?: string }) => (
  <span className={`font-mono text-[0.93em] [overflow-wrap:anywhere] ${className ?? ""}`}>{children}</span>
);

/** Holds the place of what is being fetched, in its size. */
export const Skeleton = ({ className = "h-4 w-40" }: { className?: string }) => (
  <span aria-hidden className={`block rounded-sm bg-n3 motion-safe:animate-pulse ${className}`} />
);
