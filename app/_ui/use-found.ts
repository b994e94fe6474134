// What the palette finds while one types: asked for after a short rest; what was found before stays until the next is here.
"use client";
import { useEffect, useState } from "react";
import type { Place } from "@/domain/tenant/find";

export interface Found {
  places: readonly Place[];
  /** the words as they are now were looked for */
  settled: boolean;
  fault: string;
}

const restMs = 120;
const nothing: Found = { places: [], settled: true, fault: "" };

export function useFound(words: string): Found {
  const [found, setFound] = useState<Found>(nothing);
  useEffect(() => {
    const asked = words.trim();
    if (asked === "") return setFound(nothing);
    setFound((before) => ({ ...before, settled: false }));
    const outdated = new AbortController();
    const timer = setTimeout(() => {
      look(asked, outdated.signal).then(
        (places) => setFound({ places, settled: true, fault: "" }),
        () =>
          outdated.signal.aborted ||
          setFound({ places: [], settled: true, fault: "The portal did not answer: pages only, for now." }),
      );
    }, restMs);
    return () => {
      clearTimeout(timer);
      outdated.abort();
    };
  }, [words]);
  return found;
}

async function look(words: string, signal: AbortSignal): Promise<Place[]> {
  const response = await fetch(`/api/find?q=${encodeURIComponent(words)}`, { signal });
  if (!response.ok) throw new Error(String(response.status));
  const answer: { places: Place[] } = await response.json();
  return answer.places;
}
