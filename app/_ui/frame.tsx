// The frame of all pages behind the sign-in: menu at the side, at the bottom on small screens, content between.
import type { ReactNode } from "react";
import { FreshSignIn } from "./fresh-sign-in";
import { Live } from "./live";
import { BottomNav, type NavEntry, SideNav } from "./nav";
import { Palette } from "./palette";
import { type Me, MoreMenu, PersonMenu } from "./person-menu";
import { ThemeToggle } from "./theme-toggle";
import { Wordmark } from "./wordmark";

export function Frame({
  where,
  entries,
  beyond = [],
  bar,
  me,
  live,
  children,
}: {
  /** the tenant's name with its switcher, or the platform's */
  where: ReactNode;
  entries: readonly NavEntry[];
  /** pages elsewhere, which only the palette leads to */
  beyond?: readonly NavEntry[];
  /** how many of the entries stand in the bar of small screens; the rest is under More */
  bar: number;
  me: Me;
  /** where this page's news come from, and the zone that its times are said in (else the browser's) */
  live: { address: string; zone?: string };
  children: ReactNode;
}) {
  const all = [...entries, ...beyond, { href: "/account", label: "Your account" }];
  // The account's own frame has it in its menu.
  const pages = all.filter(({ href }, n) => all.findIndex((entry) => entry.href === href) === n);
  return (
    <Live {...live}>
      <div className="min-h-dvh md:grid md:grid-cols-[232px_minmax(0,1fr)]">
        <header className="flex flex-col border-line border-r bg-n2 max-md:hidden md:sticky md:top-0 md:h-dvh">
          <div className="grid gap-4 px-4 pt-5 pb-3">
            <Wordmark />
            <div className="-mx-2">{where}</div>
            <Palette
              pages={pages}
              className="flex h-8 items-center gap-2 rounded-md border border-n6 bg-page px-2.5 text-soft text-table hover:bg-hover hover:text-ink"
            />
          </div>
          <nav aria-label="Main" className="min-h-0 flex-1 overflow-y-auto px-3 py-1">
            <SideNav entries={entries} />
          </nav>
          <div className="flex items-center justify-between gap-2 border-line border-t px-3 py-2.5">
            <PersonMenu me={me} />
            <ThemeToggle />
          </div>
        </header>
        <header className="sticky top-0 z-20 flex items-center justify-between gap-3 border-line border-b bg-n2 px-3 py-1.5 md:hidden">
          <div className="min-w-0 flex-1">{where}</div>
          <Palette
            pages={pages}
            className="grid size-9 shrink-0 place-items-center rounded-md text-soft hover:bg-n4 hover:text-ink"
          />
          <ThemeToggle />
        </header>
        <main id="content" tabIndex={-1} className="min-w-0 px-4 pt-5 pb-28 outline-none md:px-8 md:pt-6 md:pb-16">
          <div className="mx-auto max-w-[1180px]">{children}</div>
        </main>
        <nav
          aria-label="Main"
          className="fixed inset-x-0 bottom-0 z-30 border-line border-t bg-n2 pb-[env(safe-area-inset-bottom)] md:hidden"
        >
          <BottomNav entries={entries.slice(0, bar)} more={<MoreMenu entries={entries.slice(bar)} me={me} />} />
        </nav>
        <FreshSignIn />
      </div>
    </Live>
  );
}
