// One listener for all SoftLinks: a plain press changes the page without loading everything anew, and the link says so where that
// takes longer than a moment. With a modifier, or before this is there, the browser does what it always does. What a link of the
// menu leads to is fetched when the pointer or the focus rests on it, so that the page is there at the press.
"use client";
import { usePathname, useRouter } from "next/navigation";
import { useEffect, useEffectEvent, useRef, useTransition } from "react";

/** A hand that only passes by is gone sooner. */
const restMs = 60;

type Fetching = NonNullable<Parameters<ReturnType<typeof useRouter>["prefetch"]>[1]>;
/** The page with its data, and not its frame alone. */
const whole: Fetching = { kind: "full" as Fetching["kind"] };

/** The way up as it was at the event: what React did meanwhile may have taken the pressed part away. */
const linkOf = (event: Event) => event.composedPath().find((one) => one instanceof HTMLAnchorElement);

export function SoftLinks() {
  const router = useRouter();
  const [going, begin] = useTransition();
  const pressed = useRef<HTMLAnchorElement>(null);
  const path = usePathname();
  const fetched = useRef(new Set<string>());
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
  // Next gives again for minutes what it once fetched ahead, and what was visited: shown at once, it is looked at once more, however
  // one came there.
  useEffect(() => {
    if (fetched.current.delete(path)) router.refresh();
  }, [path, router]);
  const fetchAhead = useEffectEvent(({ pathname }: HTMLAnchorElement) => {
    if (pathname === path) return;
    fetched.current.add(pathname);
    router.prefetch(pathname, whole);
  });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const onRest = (event: Event) => {
      clearTimeout(timer);
      const link = linkOf(event);
      if (link?.dataset.ahead !== undefined) timer = setTimeout(() => fetchAhead(link), restMs);
    };
    for (const rests of ["pointerover", "focusin"]) document.addEventListener(rests, onRest);
    return () => {
      clearTimeout(timer);
      for (const rests of ["pointerover", "focusin"]) document.removeEventListener(rests, onRest);
    };
  }, []);
  useEffect(() => {
    const onClick = (event: MouseEvent) => {
      if (event.defaultPrevented || event.button !== 0) return;
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const link = linkOf(event);
      if (link?.dataset.soft === undefined) return;
      event.preventDefault();
      go(link);
    };
    document.addEventListener("click", onClick);
    return () => document.removeEventListener("click", onClick);
  }, []);
  return null;
}
