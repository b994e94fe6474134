// What most people leave as it is: folded away until it is asked for, or until something in it needs a person. What is inside is
// drawn from the first opening on, so that it can be fetched then.
"use client";
import { type ReactNode, useState } from "react";

interface Props {
  /** what is inside, in a few words */
  about: string;
  open: boolean;
  onOpen: (open: boolean) => void;
  children: ReactNode;
}

export function Advanced({ about, open, onOpen, children }: Props) {
  const [opened, setOpened] = useState(open);
  if (open && !opened) setOpened(true);
  return (
    <details
      open={open}
      onToggle={(event) => onOpen(event.currentTarget.open)}
      className="group border-line border-t py-5"
    >
      <summary className="cursor-pointer select-none font-semibold marker:text-soft">
        Advanced
        <span className="ml-2 font-normal text-soft group-open:hidden">{about}</span>
      </summary>
      {opened && <div className="mt-5 grid gap-5">{children}</div>}
    </details>
  );
}
