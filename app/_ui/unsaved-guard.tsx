// Asks before unsaved changes are left: by a link, the back button or closing the tab.
"use client";
import { useEffect } from "react";

const question = "You have changes that aren't saved. Leave without saving them?";

export function UnsavedGuard({ when }: { when: boolean }) {
  useEffect(() => {
    if (!when) return;
    const closing = (event: BeforeUnloadEvent) => event.preventDefault();
    // In the capture phase: before SoftLinks goes on.
    const clicked = (event: MouseEvent) => {
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
      const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
      if (!(link instanceof HTMLAnchorElement) || link.target === "_blank" || link.hasAttribute("download")) return;
      if (link.origin === location.origin && link.pathname === location.pathname && link.hash) return;
      if (link.origin !== location.origin) return;
      if (!window.confirm(question)) {
        event.preventDefault();
        event.stopPropagation();
      }
    };
    // The back button can't be stopped, only noticed: one step of the same page is laid before the way back, so that the
    // first press lands here and asks.
    window.history.pushState(null, "", location.href);
    const back = () => {
      if (window.confirm(question)) {
        window.removeEventListener("popstate", back);
        window.history.back();
      } else window.history.pushState(null, "", location.href);
    };
    window.addEventListener("popstate", back);
    window.addEventListener("beforeunload", closing);
    document.addEventListener("click", clicked, true);
    return () => {
      window.removeEventListener("popstate", back);
      window.removeEventListener("beforeunload", closing);
      document.removeEventListener("click", clicked, true);
    };
  }, [when]);
  return null;
}
