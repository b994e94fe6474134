// The way to any page, tenant or mailbox by a few letters: Ctrl K or ⌘K, or the button. The box itself is loaded when it is
// first asked for, so that no page waits for it.
"use client";
import { Search } from "lucide-react";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { late } from "./late";
import type { NavEntry } from "./nav";

const PaletteBox = late(() => import("./palette-box").then((module) => module.PaletteBox));

const never = () => () => {};
const onApple = () => /mac|iphone|ipad/i.test(navigator.platform);

export function Palette({ pages, className }: { pages: readonly NavEntry[]; className: string }) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const apple = useSyncExternalStore(never, onApple, () => false);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey) || event.altKey || event.shiftKey)
        return;
      // The frame has one button for wide and one for small screens: the one that is drawn answers.
      if (button.current?.getClientRects().length === 0) return;
      // A question that stands open wants its answer first.
      if (document.querySelector("dialog[open]:not([data-palette])")) return;
      event.preventDefault();
      setOpen((before) => !before);
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
  return (
    <>
      <button
        ref={button}
        type="button"
        onClick={() => setOpen(true)}
        aria-haspopup="dialog"
        aria-keyshortcuts="Control+K Meta+K"
        className={className}
      >
        <Search aria-hidden size={14} className="shrink-0" />
        <span className="max-md:sr-only">Go to …</span>
        <kbd className="ml-auto font-sans text-xs max-md:hidden">{apple ? "⌘K" : "Ctrl K"}</kbd>
      </button>
      {open && <PaletteBox pages={pages} onClose={() => setOpen(false)} />}
    </>
  );
}
