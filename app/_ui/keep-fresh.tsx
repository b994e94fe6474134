// Fetches the page's data again when something on it changed, and every half minute for words like "4 minutes ago". What is
// on the page stays until the new is there, so nothing jumps; an open dialog and a page on its way are left in peace.
"use client";
import { useRouter } from "next/navigation";
import { useEffect, useEffectEvent, useRef, useTransition } from "react";
import type { Topic } from "@/domain/live/topics";
import { useLiveness, useNews } from "./live";

/** Between the end of one look and the begin of the next; longer where looking takes long, so that a flood stays cheap. */
const restMs = 1000;
const longestRestMs = 5000;
const againMs = 30_000;

export function KeepFresh({ on }: { on: readonly Topic[] }) {
  const router = useRouter();
  const [pending, begin] = useTransition();
  const live = useLiveness().state;
  const wanted = useRef(false);
  const began = useRef(0);
  const restUntil = useRef(0);
  const look = useEffectEvent(() => {
    if (!wanted.current || pending || Date.now() < restUntil.current) return;
    // Next answers a refresh that finds no portal by leaving the page: only while the portal was just heard.
    if (live !== "live" && live !== "refused") return;
    if (document.visibilityState !== "visible" || document.querySelector("dialog[open], a[data-going]")) return;
    wanted.current = false;
    began.current = Date.now();
    begin(() => router.refresh());
  });
  useNews(on, () => {
    wanted.current = true;
    look();
  });
  useEffect(() => {
    if (pending) return;
    // The page as it came is fresh: its first look is over now.
    if (began.current === 0) began.current = Date.now();
    const took = Date.now() - began.current;
    restUntil.current = Date.now() + Math.min(longestRestMs, Math.max(restMs, 3 * took));
  }, [pending]);
  useEffect(() => {
    const timer = setInterval(() => {
      if (Date.now() - began.current > againMs && live === "live") wanted.current = true;
      look();
    }, 250);
    return () => clearInterval(timer);
  }, [live]);
  return null;
}
