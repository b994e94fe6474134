// Who is signed in, and the way out.
"use client";
import { usePathname } from "next/navigation";
import { useTransition } from "react";
import { signOut } from "@/app/sign-in/actions";
import { Menu } from "./menu";
import { MenuButton, MenuLine, MenuLink, MenuWords } from "./menu-entries";
import { isHere, type NavEntry } from "./nav";

export interface Me {
  name: string;
  email: string;
  /** "Administrator of the platform", "Operator" … */
  roleWords: string;
}

const initials = (name: string) =>
  name
    .split(/[\s.@]+/)
    .slice(0, 2)
    .map((part) => part[0]?.toUpperCase() ?? "")
    .join("");

export function PersonMenu({ me }: { me: Me }) {
  return (
    <Menu
      side="top"
      className="flex min-w-0 items-center gap-2.5 rounded-md p-1 text-left hover:bg-n4"
      trigger={
        <>
          <span
            aria-hidden
            className="grid size-7 shrink-0 place-items-center rounded-full bg-accent-soft font-medium text-accent-strong text-xs"
          >
            {initials(me.name)}
          </span>
          <span className="min-w-0 truncate text-table" title={me.name}>
            {me.name}
          </span>
        </>
      }
    >
      <PersonItems me={me} />
    </Menu>
  );
}

function PersonItems({ me }: { me: Me }) {
  const [leaving, leave] = useTransition();
  return (
    <>
      <MenuWords>
        <span className="block text-ink">{me.name}</span>
        {me.email !== me.name && <span className="block">{me.email}</span>}
        <span className="block">{me.roleWords}</span>
      </MenuWords>
      <MenuLine />
      <MenuLink href="/account">Your account</MenuLink>
      <MenuButton
        onSelect={() =>
          leave(async () => {
            await signOut(null, new FormData());
          })
        }
      >
        {leaving ? "Signing out …" : "Sign out"}
      </MenuButton>
    </>
  );
}

/** Small screens: the entries that the bar has no room for, and the person. Marked where you are at one of them. */
export function MoreMenu({ entries, me }: { entries: readonly NavEntry[]; me: Me }) {
  const path = usePathname();
  return (
    <Menu
      side="top"
      align="end"
      here={entries.some((entry) => isHere(path, entry))}
      className="grid h-14 w-full place-items-center content-center border-transparent border-t-2 text-soft text-xs aria-[current=true]:border-accent aria-[current=true]:text-ink"
      trigger={
        <>
          <span>More</span>
          <span aria-hidden className="h-4 leading-3">
            …
          </span>
        </>
      }
    >
      {entries.map((entry) => (
        <MenuLink key={entry.href} href={entry.href} here={isHere(path, entry)}>
          {entry.label}
        </MenuLink>
      ))}
      <MenuLine />
      <PersonItems me={me} />
    </Menu>
  );
}
