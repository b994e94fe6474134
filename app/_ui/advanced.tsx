// What most people leave as it is: folded away until it is asked for, or until something in it needs a person. What is inside is
// drawn from the first opening on, so that it can be fetched then.
"use client";
import { type ReactNode, useEffect, useEffectEvent, useRef, useState } from "react";

interface Props {
  /** what is inside, in a few words */
  about: string;
  open: boolean;
  onOpen: (open: boolean) => void;
  /** fetches what is inside: the pointer or the focus came near */
  onNear: () => void;
  children: ReactNode;
}

export function Advanced({ about, open, onOpen, onNear, children }: Props) {
  const [opened, setOpened] = useState(open);
  if (open && !opened) setOpened(true);
  const box = useRef<HTMLDetailsElement>(null);
  const begin = useEffectEvent(() => {
    // Opened before the page listened: its `toggle` went by unheard.
    if (box.current?.open) onOpen(true);
  });
  useEffect(() => begin(), []);
  return (
    <details
      ref={box}
      open={open}
      onToggle={(event) => onOpen(event.currentTarget.open)}
      className="group border-line border-t py-5"
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a summary is a button; nothing but it opens this */}
      <summary
        onPointerEnter={onNear}
        onFocus={onNear}
        className="cursor-pointer select-none font-semibold marker:text-soft"
      >
        Advanced
        <span className="ml-2 font-normal text-soft group-open:hidden">{about}</span>
      </summary>
      {opened && <div className="mt-5 grid gap-5">{children}</div>}
    </details>
  );
}
