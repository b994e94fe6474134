// One listener for all SoftLinks: a plain press changes the page without loading everything anew, and the link says so where that
// takes longer than a moment. With a modifier, or before this is there, the browser does what it always does.
"use client";
import { useRouter } from "next/navigation";
import { useEffect, useEffectEvent, useRef, useTransition } from "react";

export function SoftLinks() {
  const router = useRouter();
  const [going, begin] = useTransition();
  const pressed = useRef<HTMLAnchorElement>(null);
  const go = useEffectEvent((link: HTMLAnchorElement) => {
    pressed.current?.removeAttribute("data-going");
    pressed.current = link;
    link.setAttribute("data-going", "");
    const { pathname, search, hash, dataset } = link;
    begin(() => router.push(`${pathname}${search}${hash}`, { scroll: dataset.soft !== "in-place" }));
  });
  useEffect(() => {
    if (!going) pressed.current?.removeAttribute("data-going");
  }, [going]);
  useEffect(() => {
    const onClick = (event: MouseEvent) => {
      if (event.defaultPrevented || event.button !== 0) return;
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      // The way up as it was at the press: what React did meanwhile may have taken the pressed part away.
      const link = event.composedPath().find((one) => one instanceof HTMLAnchorElement);
      if (link?.dataset.soft === undefined) return;
      event.preventDefault();
      go(link);
    };
    document.addEventListener("click", onClick);
    return () => document.removeEventListener("click", onClick);
  }, []);
  return null;
}
