// The menu itself, from its first opening on. Not modal: the page behind stays as it is (and needs no style element for it).
"use client";
import { DropdownMenu } from "radix-ui";
import { useCallback, useRef } from "react";
import { type MenuBoxProps, MenuParts } from "./menu-entries";

export function MenuBox({
  trigger,
  label,
  className,
  here,
  side = "bottom",
  align = "start",
  by,
  children,
}: MenuBoxProps) {
  const begun = useRef(by === "pointer");
  // When it is there for the first time; from then on the library does this by itself.
  const begin = useCallback((content: HTMLDivElement | null) => {
    if (!content || begun.current) return;
    begun.current = true;
    content.querySelector<HTMLElement>("[role=menuitem]")?.focus({ preventScroll: true });
  }, []);
  return (
    <MenuParts value={DropdownMenu}>
      <DropdownMenu.Root modal={false} defaultOpen>
        <DropdownMenu.Trigger
          className={className}
          aria-current={here || undefined}
          {...(label ? { "aria-label": label } : {})}
        >
          {trigger}
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            ref={begin}
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
