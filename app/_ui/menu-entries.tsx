// What stands in a menu. Its box gives the parts, so that entries can be written down before the box is there.
"use client";
import type { DropdownMenu } from "radix-ui";
import { createContext, type ReactNode, useContext } from "react";
import { SoftLink } from "./soft-link";

export interface MenuProps {
  trigger: ReactNode;
  /** read out before the trigger's own words */
  label?: string;
  className?: string;
  /** one of its entries is where you are */
  here?: boolean;
  side?: "top" | "bottom";
  align?: "start" | "end";
  children: ReactNode;
}

export interface MenuBoxProps extends MenuProps {
  /** how it was asked for the first time: by keyboard, the first entry has the focus */
  by: "pointer" | "keyboard";
}

type Parts = Pick<typeof DropdownMenu, "Item" | "Label" | "Separator">;

/** Given by the box: entries are only ever drawn inside one. */
export const MenuParts = createContext<Parts | null>(null);

function useParts(): Parts {
  const parts = useContext(MenuParts);
  if (!parts) throw new Error("An entry of a menu stands outside a Menu.");
  return parts;
}

const item =
  "flex min-h-9 w-full items-center justify-between gap-4 rounded-sm px-2.5 py-1.5 text-left outline-none data-highlighted:bg-hover aria-[current=true]:font-medium";

export function MenuLink({ href, here, children }: { href: string; here?: boolean; children: ReactNode }) {
  const { Item } = useParts();
  return (
    <Item asChild>
      <SoftLink href={href} aria-current={here || undefined} className={item}>
        {children}
      </SoftLink>
    </Item>
  );
}

export function MenuButton({ onSelect, children }: { onSelect: () => void; children: ReactNode }) {
  const { Item } = useParts();
  return (
    <Item className={item} onSelect={onSelect}>
      {children}
    </Item>
  );
}

export function MenuLine() {
  const { Separator } = useParts();
  return <Separator className="my-1 h-px bg-line" />;
}

export function MenuWords({ children }: { children: ReactNode }) {
  const { Label } = useParts();
  return <Label className="px-2.5 py-1.5 text-soft text-table [overflow-wrap:anywhere]">{children}</Label>;
}
