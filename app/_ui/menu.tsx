// A menu that opens from a button. Not modal: the page behind stays as it is (and needs no style element for it).
"use client";
import Link from "next/link";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";

export function Menu({
  trigger,
  label,
  className,
  side = "bottom",
  align = "start",
  children,
}: {
  trigger: ReactNode;
  /** read out before the trigger's own words */
  label?: string;
  className?: string;
  side?: "top" | "bottom";
  align?: "start" | "end";
  children: ReactNode;
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className={className} {...(label ? { "aria-label": label } : {})}>
        {trigger}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
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
  );
}

const item =
  "flex min-h-9 w-full items-center justify-between gap-4 rounded-sm px-2.5 py-1.5 text-left outline-none data-highlighted:bg-hover aria-[current=true]:font-medium";

export function MenuLink({ href, here, children }: { href: string; here?: boolean; children: ReactNode }) {
  return (
    <DropdownMenu.Item asChild>
      <Link href={href} aria-current={here || undefined} className={item}>
        {children}
      </Link>
    </DropdownMenu.Item>
  );
}

export function MenuButton({ onSelect, children }: { onSelect: () => void; children: ReactNode }) {
  return (
    <DropdownMenu.Item className={item} onSelect={onSelect}>
      {children}
    </DropdownMenu.Item>
  );
}

export const MenuLine = () => <DropdownMenu.Separator className="my-1 h-px bg-line" />;
export const MenuWords = ({ children }: { children: ReactNode }) => (
  <DropdownMenu.Label className="px-2.5 py-1.5 text-soft text-table [overflow-wrap:anywhere]">
    {children}
  </DropdownMenu.Label>
);
