// Runs a test from a page: asks for it, reads its lines as they come, stops it, and knows when the form has moved on.
"use client";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Answer } from "@/app/_server/answer";
import type { ProbeLine, ProbeVerdict } from "@/domain/probe/schema";
import { useLiveness, useNews } from "./live";
import { wakeable } from "./wakeable";

/** What the probes' route answers, as JSON carries it. */
export interface ProbeSeen {
  id: string;
  state: "waiting" | "running" | "done" | "stopped" | "failed";
  worker: string | null;
  site: string;
  attended: boolean;
  lines: ProbeLine[];
  verdict: ProbeVerdict | null;
}

export interface Probe {
  seen: ProbeSeen | null;
  /** asked for and not ended */
  busy: boolean;
  /** why nothing could be asked for, or why nothing more is read */
  fault: string;
  start(ask: () => Promise<Answer<string>>): Promise<Answer<string>>;
}

/** News of a line comes at once; without it the page asks. */
const pauseMs = { live: 2000, alone: 400 };
const ended = (probe: ProbeSeen) => probe.state !== "waiting" && probe.state !== "running";

/** `earlier`: a test that was made before, to be shown again */
export function useProbe(slug: string, earlier: string | null = null): Probe {
  const [seen, setSeen] = useState<ProbeSeen | null>(null);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState("");
  const current = useRef("");
  const [pause] = useState(wakeable);
  const live = useRef(false);
  const isLive = useLiveness().state === "live";
  useEffect(() => {
    live.current = isLive;
    pause.wake();
  }, [isLive, pause.wake]);
  useNews(["test"], () => pause.wake());
  useEffect(
    () => () => {
      current.current = "";
    },
    [],
  );

  const follow = useCallback(
    async (id: string) => {
      let lines: ProbeLine[] = [];
      let misses = 0;
      while (current.current === id) {
        const next = await readOnce(slug, id, lines.at(-1)?.n ?? 0).catch(() => null);
        if (current.current !== id) return;
        misses = next ? 0 : misses + 1;
        if (misses > 20) {
          setFault("The portal does not answer. The test may still run: look at the page again in a minute.");
          break;
        }
        if (next) {
          lines = [...lines, ...next.lines];
          setSeen({ ...next, lines });
          if (ended(next)) break;
        }
        await pause.rest(live.current ? pauseMs.live : pauseMs.alone);
      }
      if (current.current === id) setBusy(false);
    },
    [slug, pause.rest],
  );

  useEffect(() => {
    if (!earlier || current.current) return;
    current.current = earlier;
    void follow(earlier);
  }, [earlier, follow]);

  const start = useCallback(
    async (ask: () => Promise<Answer<string>>) => {
      current.current = "";
      setBusy(true);
      setFault("");
      const answer = await ask().catch(
        (): Answer<string> => ({
          ok: false,
          message: "The portal did not answer. Check the connection and try again.",
        }),
      );
      if (answer.ok) {
        setSeen(null);
        current.current = answer.data;
        void follow(answer.data);
      } else {
        setBusy(false);
        setFault(answer.message);
      }
      return answer;
    },
    [follow],
  );
  return { seen, busy, fault, start };
}

async function readOnce(slug: string, id: string, after: number): Promise<ProbeSeen | null> {
  const response = await fetch(`/api/t/${slug}/probes/${id}?after=${after}`, { cache: "no-store" });
  // Our own route's answer; its shape is ProbeView of domain/probe/ask.ts.
  return response.ok ? ((await response.json()) as ProbeSeen) : null;
}
