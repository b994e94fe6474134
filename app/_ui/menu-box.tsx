// The menu itself, from its first opening on. Not modal: the page behind stays as it is (and needs no style element for it).
"use client";
import { DropdownMenu } from "radix-ui";
import { useEffect, useRef } from "react";
import { type MenuBoxProps, MenuParts } from "./menu-entries";

export function MenuBox({ trigger, label, className, side = "bottom", align = "start", by, children }: MenuBoxProps) {
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (by === "keyboard") content.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
  }, [by]);
  return (
    <MenuParts value={DropdownMenu}>
      <DropdownMenu.Root modal={false} defaultOpen>
        <DropdownMenu.Trigger className={className} {...(label ? { "aria-label": label } : {})}>
          {trigger}
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            ref={content}
            side={side}
            align={align}
            sideOffset={6}
            collisionPadding={12}
            className="z-40 max-h-[70dvh] min-w-56 max-w-80 overflow-y-auto rounded-md bg-page p-1 shadow-float"
          >
            {children}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
    </MenuParts>
  );
}
