// Keeps one stream of news per tab for all that stands on the page, and says when there is none.
"use client";
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useEffectEvent,
  useState,
  useSyncExternalStore,
} from "react";
import { type Topic, topics } from "@/domain/live/topics";
import { formatter } from "@/lib/formatter";
import { LiveConnection, type Liveness } from "./live-connection";

const Connection = createContext<LiveConnection | null>(null);

export function Live({ address, zone, children }: { address: string; zone?: string; children: ReactNode }) {
  const [connection] = useState(() => new LiveConnection(address, topics));
  useEffect(() => {
    const seen = () => (document.visibilityState === "visible" ? connection.open() : connection.close());
    seen();
    document.addEventListener("visibilitychange", seen);
    window.addEventListener("online", seen);
    window.addEventListener("offline", connection.broke);
    return () => {
      document.removeEventListener("visibilitychange", seen);
      window.removeEventListener("online", seen);
      window.removeEventListener("offline", connection.broke);
      connection.close();
    };
  }, [connection]);
  return (
    <Connection value={connection}>
      {children}
      <NotLive zone={zone} />
    </Connection>
  );
}

/** Between what the portal reads for a page and the moment when the page listens. */
const drawnWithinMs = 10_000;

/**
 * Calls when one of these changed, once when the stream is back after a break, and when it may have changed while the page was drawn:
 * always once at its beginning. `told`: only what was said since, for who says so to a person.
 */
export function useNews(about: readonly Topic[], onNews: () => void, told = false): void {
  const connection = useContext(Connection);
  const call = useEffectEvent((heard: readonly Topic[], beginning: boolean) => {
    if (!(told && beginning) && heard.some((one) => about.includes(one))) onNews();
  });
  const begin = useEffectEvent(() => {
    if (!told && connection?.lately(about, drawnWithinMs)) onNews();
  });
  useEffect(() => {
    begin();
    return connection?.listen((heard, beginning) => call(heard, beginning));
  }, [connection]);
}

const resting: Liveness = { state: "resting" };
const never = () => () => {};

export function useLiveness(): Liveness {
  const connection = useContext(Connection);
  return useSyncExternalStore(connection?.watch ?? never, connection?.liveness ?? (() => resting), () => resting);
}

/** A break that is over sooner is nobody's business. */
const patienceMs = 2500;

function NotLive({ zone }: { zone: string | undefined }) {
  const liveness = useLiveness();
  const off = liveness.state === "lost" || liveness.state === "refused";
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(off), off ? patienceMs : 0);
    return () => clearTimeout(timer);
  }, [off]);
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 bottom-0 z-40 px-4 pb-4 max-md:pb-20">
      {off && shown && (
        <p className="mx-auto w-fit max-w-full rounded-md border border-n6 bg-n1 px-3 py-2 text-table shadow-float">
          <span aria-hidden className="mr-2 text-[11px] text-needs">
            ▲
          </span>
          {words(liveness, zone)}
        </p>
      )}
    </div>
  );
}

function words(liveness: Liveness, zone: string | undefined): string {
  if (liveness.state === "refused") return refusals[liveness.why];
  const since = liveness.state === "lost" ? liveness.silentSince : null;
  if (since === null) return "Not live: the portal does not answer yet, trying again.";
  const clock = formatter("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone });
  return `Not live: last news ${clock.format(since)}, trying again.`;
}

const refusals: Record<Extract<Liveness, { state: "refused" }>["why"], string> = {
  "signed-out": "Not live: you are signed out. Sign in in another tab, then come back here.",
  "not-allowed": "Not live: you may not see this any more, or your session ended. Reload the page.",
  "too-many": "Not live: many of your pages are open. This one looks again every 30 seconds; close some.",
};
