// Follows what only the server knows: looks at once, again when news says that it may have moved, and now and then by itself.
"use client";
import { useEffect, useEffectEvent, useState } from "react";
import type { Topic } from "@/domain/live/topics";
import { useNews } from "./live";
import { keepLooking, wakeable } from "./wakeable";

/**
 * `look` answers after how many ms it wants to be asked again without news; null: never. What is followed is named by `key`,
 * none for nothing; an answer that comes when something else is followed already is not `wanted`.
 */
export function useFollowed(
  key: string | undefined,
  about: readonly Topic[],
  look: (wanted: () => boolean) => Promise<number | null>,
): void {
  const [pause] = useState(wakeable);
  const see = useEffectEvent(look);
  useNews(about, pause.wake);
  useEffect(() => {
    if (key === undefined) return;
    let live = true;
    void keepLooking(
      () => see(() => live),
      pause,
      () => live,
    );
    return () => {
      live = false;
      pause.wake();
    };
  }, [key, pause]);
}
