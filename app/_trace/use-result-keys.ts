// The trace by keyboard: "/" goes to the box, the arrows through the results and back; Enter opens, since a result is a link.
"use client";
import { type RefObject, useEffect } from "react";

/** Two links lead to each mail, one for wide and one for small screens: those that are drawn. */
const results = () =>
  [...document.querySelectorAll<HTMLElement>("[data-row]")].filter((row) => row.getClientRects().length > 0);

const writes = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName));

export function useResultKeys(box: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (document.querySelector("dialog[open], [role=dialog], [role=menu]")) return;
      const goal = goalOf(event, box.current);
      if (!goal) return;
      event.preventDefault();
      goal.focus();
      if (goal === box.current && event.key === "/") box.current.select();
      goal.scrollIntoView({ block: "nearest" });
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [box]);
}

function goalOf({ key, target }: KeyboardEvent, box: HTMLInputElement | null): HTMLElement | null | undefined {
  if (key === "/") return writes(target) ? null : box;
  const rows = results();
  const at = target instanceof HTMLElement ? rows.indexOf(target) : -1;
  if (key === "ArrowDown") return target === box ? rows[0] : at >= 0 ? rows[at + 1] : null;
  if (key === "ArrowUp") return at > 0 ? rows[at - 1] : at === 0 ? box : null;
  return key === "Escape" && at >= 0 ? box : null;
}
