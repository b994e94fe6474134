// Arrived? The last step of a test: the code in the mail's subject, typed here, confirms that somebody reads the notices.
"use client";
import { useState } from "react";
import { late } from "@/app/_ui/late";
import { Mono } from "@/app/_ui/page";
import { Banner } from "@/app/_ui/state";
import { longTime } from "@/app/_ui/time";
import type { Proved } from "@/domain/probe/arrived";
import { provedWords, type Way } from "./proved-words";

const CodeForm = late(() => import("./code-form").then((module) => module.CodeForm));

export interface Arrival {
  /** of the saved server and postmaster; null: nobody typed a code yet */
  proved: { at: string; by: string } | null;
  /** a test of the saved values whose code can still be typed */
  open: { id: string; sentAt: string } | null;
}

export interface ArrivedProps {
  slug: string;
  zone: string;
  arrival: Arrival;
  /** where the saved values lead; all empty before anything is saved */
  saved: Way;
  /** the test that was just made, when its mail was taken */
  sent: { id: string; postmaster: string } | null;
  busy: boolean;
  mayTest: boolean;
  /** nothing is tested then */
  closed: boolean;
  /** `saved` was saved a moment ago, and `arrival` is of what was saved before */
  behind?: boolean;
}

export function Arrived(props: ArrivedProps) {
  const { sent, arrival, busy, mayTest, saved, zone } = props;
  const [last, setLast] = useState<(Proved & { id: string }) | null>(null);
  if (busy) return null;
  const done = last && (!sent || sent.id === last.id) ? last : null;
  const words = done && provedWords(done, saved, props.behind || arrival.proved !== null);
  if (done && words)
    return (
      <Part>
        <Banner live state="flowing" title={`Arrived: somebody reads what goes to ${done.postmaster}.`}>
          {words}
        </Banner>
      </Part>
    );
  const fresh = done ? null : sent;
  const open = fresh ?? (!props.behind && arrival.open && { id: arrival.open.id, postmaster: saved.postmaster });
  if (open && mayTest)
    return (
      <Part>
        <CodeForm
          key={open.id}
          slug={props.slug}
          open={open}
          sentAt={fresh ? null : (arrival.open?.sentAt ?? null)}
          zone={zone}
          onDone={(proved) => setLast({ ...proved, id: open.id })}
        />
      </Part>
    );
  if (saved.postmaster === "" || fresh || props.behind || (props.closed && !arrival.proved)) return null;
  return (
    <Part>
      {arrival.proved ? (
        <p className="text-soft">
          <span aria-hidden className="text-flow">
            ●{" "}
          </span>
          {arrival.proved.by} confirmed on {longTime(arrival.proved.at, zone)} that mail reaches{" "}
          <Mono>{saved.postmaster}</Mono>.
        </p>
      ) : (
        <p className="text-soft">
          <span aria-hidden className="text-needs">
            ▲{" "}
          </span>
          Nobody has confirmed yet that mail reaches <Mono>{saved.postmaster}</Mono>. A test sends a code there to type
          here.
        </p>
      )}
    </Part>
  );
}

const Part = ({ children }: { children: React.ReactNode }) => (
  <section aria-label="Arrived?" className="my-2 grid gap-3 border-accent border-l-2 pl-3">
    <h3 className="font-semibold">Arrived?</h3>
    {children}
  </section>
);
