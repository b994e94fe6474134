// How the lane to this server is doing, when that is anything but quiet: stopped, paused, another certificate, a warning.
"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { Answer } from "@/app/_server/answer";
import { Button } from "@/app/_ui/button";
import { late } from "@/app/_ui/late";
import { Banner } from "@/app/_ui/state";
import { shortTime, spanWords } from "@/app/_ui/time";
import type { LaneView } from "@/domain/exchange/store";
import { limitWords } from "@/domain/lane/limit";
import { atOrOn } from "@/domain/when-words";
import { useTrying } from "../_trying/trying";
import { pause, tryAllNow } from "./actions";
import { pairOf } from "./certificate-pair";

const CertificateChange = late(() => import("./certificate-change").then((module) => module.CertificateChange));

export interface LaneBandProps {
  slug: string;
  lane: LaneView;
  host: string;
  maxConnections: number;
  /** the saved rule: any | system | sha256:<hex> */
  certificate: string;
  hasPassword: boolean;
  zone: string;
  now: Date;
  mayEdit: boolean;
  mayRun: boolean;
}

export function LaneBand(props: LaneBandProps) {
  const { lane, slug, mayEdit, mayRun } = props;
  const router = useRouter();
  const tried = useTrying();
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const run = async (work: () => Promise<Answer<unknown>>) => {
    setBusy(true);
    const answer = await work().catch(() => ({ ok: false, message: "The portal did not answer. Try again." }) as const);
    setBusy(false);
    setFault(answer.ok ? "" : answer.message);
    if (answer.ok) router.refresh();
  };
  const tryAll = async () => {
    const answer = await tryAllNow(slug, {});
    if (answer.ok) tried(answer.data);
    return answer;
  };
  const stopped = lane.state === "open" || lane.state === "half-open";
  const buttons = (
    <>
      {mayRun && stopped && (
        <Button size="small" busy={busy && "Trying"} onClick={() => run(tryAll)}>
          Try all now
        </Button>
      )}
      {mayEdit && (
        <Button size="small" onClick={() => run(() => pause(slug, { paused: lane.state !== "paused" }))}>
          {lane.state === "paused" ? "Resume" : "Pause"}
        </Button>
      )}
    </>
  );
  const limit = limitWords({ ...lane, host: props.host, maxConnections: props.maxConnections });
  return (
    <div className="mb-8 grid gap-3">
      <Banner {...sentence(props)} action={buttons}>
        {details(props)}
      </Banner>
      {limit && (
        <Banner state="needs" title={limit.title}>
          {limit.detail}
        </Banner>
      )}
      {lane.certificateChange !== null && (
        <CertificateChange {...props} pair={pairOf(props.certificate, lane.certificateChange)} />
      )}
      {lane.warning && <Banner state="needs" title={lane.warning} />}
      {fault && <Banner live state="stopped" title={fault} />}
    </div>
  );
}

const mails = (n: number) => (n === 1 ? "1 mail waits" : `${n} mails wait`);

function sentence({ lane, host }: LaneBandProps) {
  switch (lane.state) {
    case "closed":
      return {
        state: lane.lastAcceptedAt ? "flowing" : lane.waiting === 0 ? "idle" : "needs",
        title: lane.lastAcceptedAt ? `${host} takes mail.` : `Nothing was delivered to ${host} yet.`,
      } as const;
    case "open":
    case "half-open":
      return { state: "stopped", title: lane.reason ?? `Delivery to ${host} has stopped.` } as const;
    case "paused":
      return { state: "needs", title: lane.reason ?? "Delivery is paused." } as const;
  }
}

function details({ lane, zone, now }: LaneBandProps): string {
  const waiting = lane.waiting > 0 ? `${mails(lane.waiting)}.` : "No mail waits.";
  const at = (when: Date) => shortTime(when, zone, now);
  switch (lane.state) {
    case "closed": {
      const last = lane.lastAcceptedAt ? `The last mail was accepted ${atOrOn(at(lane.lastAcceptedAt))}.` : "";
      const answer = lane.answerAwaitedSince
        ? `Waiting for Exchange's answer, ${spanWords((now.getTime() - lane.answerAwaitedSince.getTime()) / 1000)} so far.`
        : "";
      return [last, waiting, answer].filter(Boolean).join(" ");
    }
    case "half-open":
      return `${waiting} It is being tried right now.`;
    case "open":
      return `${waiting} Stopped since ${at(lane.since)}${lane.nextTryAt ? `; the next try is ${atOrOn(at(lane.nextTryAt))}` : ""}.`;
    case "paused":
      return `${waiting} Paused since ${at(lane.since)}.`;
  }
}
