// How the lane to this server is doing, when that is anything but quiet: stopped, paused, another certificate, a warning.
import { Banner } from "@/app/_ui/state";
import { shortTime, spanWords } from "@/app/_ui/time";
import type { LaneView } from "@/domain/exchange/store";
import { limitWords } from "@/domain/lane/limit";
import { boundedMailWords } from "@/domain/queue/bounded";
import { atOrOn } from "@/domain/when-words";
import { BandButtons } from "./band-buttons";
import { pairOf } from "./certificate-pair";
import { CertificateChange } from "./late-certificate-change";

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
  const { lane, slug, mayEdit, mayRun, hasPassword } = props;
  const stopped = lane.state === "open" || lane.state === "half-open";
  const limit = limitWords({ ...lane, host: props.host, maxConnections: props.maxConnections });
  return (
    <div className="mb-8 grid gap-3">
      <Banner
        {...sentence(props)}
        action={
          (mayEdit || (mayRun && stopped)) && (
            <BandButtons slug={slug} paused={lane.state === "paused"} tries={mayRun && stopped} pauses={mayEdit} />
          )
        }
      >
        {details(props)}
      </Banner>
      {limit && (
        <Banner state="needs" title={limit.title}>
          {limit.detail}
        </Banner>
      )}
      {lane.certificateChange !== null && (
        <CertificateChange
          slug={slug}
          hasPassword={hasPassword}
          mayEdit={mayEdit}
          pair={pairOf(props.certificate, lane.certificateChange)}
        />
      )}
      {lane.warning && <Banner state="needs" title={lane.warning} />}
    </div>
  );
}

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
  const waiting =
    lane.waiting > 0 ? `${boundedMailWords(lane.waiting)} ${lane.waiting === 1 ? "waits" : "wait"}.` : "No mail waits.";
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
