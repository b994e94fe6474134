// A menu that opens from a button. What makes it a menu (placing, arrow keys, focus) is a fourth of a page's scripts, so it
// is fetched when somebody comes near the button, and no page waits for it.
"use client";
import { type ComponentType, useState } from "react";
import type { MenuBoxProps, MenuProps } from "./menu-entries";

const load = () => import("./menu-box").then((module) => module.MenuBox);
/** Nobody waits for this one. */
const fetchAhead = () => void load().catch(() => {});

export function Menu(props: MenuProps) {
  const [opened, setOpened] = useState<{ Box: ComponentType<MenuBoxProps>; by: MenuBoxProps["by"] } | null>(null);
  const open = (by: MenuBoxProps["by"]) =>
    load().then(
      (Box) => setOpened({ Box, by }),
      // Renewed since the page was opened, or away: the page as it is now has its menus.
      () => location.reload(),
    );
  if (opened) return <opened.Box {...props} by={opened.by} />;
  return (
    <button
      type="button"
      className={props.className}
      aria-label={props.label}
      aria-current={props.here || undefined}
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerEnter={fetchAhead}
      onFocus={fetchAhead}
      // A press by Enter or Space is a click without a place (UI Events, detail 0).
      onClick={(event) => void open(event.detail === 0 ? "keyboard" : "pointer")}
      onKeyDown={(event) => {
        if (event.key !== "ArrowDown") return;
        event.preventDefault();
        void open("keyboard");
      }}
    >
      {props.trigger}
    </button>
  );
}
