// Sends a test notice to all who are told, with the saved settings, and shows what the server says to each.
"use client";
import { Button } from "@/app/_ui/button";
import { Conversation } from "@/app/_ui/conversation";
import { Mono } from "@/app/_ui/page";
import { Banner } from "@/app/_ui/state";
import { useProbe } from "@/app/_ui/use-probe";
import { stopTest } from "../exchange/actions";
import { type Arrival, Arrived } from "../exchange/arrived";
import type { Way } from "../exchange/proved-words";
import { sendTest } from "./actions";
import { untriedWords } from "./words";

interface Props {
  slug: string;
  zone: string;
  /** the saved server, and whom it is for */
  saved: Way;
  /** how many others are told */
  others: number;
  arrival: Arrival;
}

export function TestNotice({ slug, zone, saved, others, arrival }: Props) {
  const probe = useProbe(slug);
  const untried = untriedWords(probe.seen?.verdict, others);
  const taken = probe.seen?.verdict?.facts.noticeTaken === true;
  return (
    <div className="grid max-w-[720px] gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <Button busy={probe.busy && "Sending"} onClick={() => void probe.start(() => sendTest(slug, {}))}>
          Send a test notice
        </Button>
        <span className="text-soft text-table">
          Tests the saved server too: two mails to <Mono>{saved.postmaster}</Mono>
          {others > 0 && `, and one to each of ${others === 1 ? "1 other" : `${others} others`}`}.
        </span>
      </div>
      <section aria-label="Test">
        <Conversation
          probe={probe}
          stale={false}
          empty={null}
          onStop={(id) => void stopTest(slug, { id })}
          last={
            <>
              {untried && <Banner live state="needs" title={untried} />}
              <Arrived
                slug={slug}
                zone={zone}
                arrival={arrival}
                saved={saved}
                sent={taken && probe.seen ? { id: probe.seen.id, postmaster: saved.postmaster } : null}
                busy={probe.busy}
                mayTest
                closed={false}
              />
            </>
          }
        />
      </section>
    </div>
  );
}
