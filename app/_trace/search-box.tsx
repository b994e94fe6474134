// The one box. Results come while somebody types: the address follows, the page follows the address, and what was asked for
// before is dropped. Without scripts it is a plain form.
"use client";
import { Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { useEffect, useRef, useTransition } from "react";
import { controlClass } from "@/app/_ui/field";
import { useResultKeys } from "./use-result-keys";

interface Props {
  here: string;
  typed: string;
  all: boolean;
  /** what else stands in the address and stays */
  kept: Record<string, string>;
  /** over all tenants there is no zone that days could be in but the browser's: it goes into the address. The one shown now. */
  shownZone?: string;
}

const pauseMs = 180;
/** Fewer letters are the beginning of everything: they wait for Enter. */
const fewest = 3;

export function SearchBox({ here, typed, all, kept, shownZone }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const box = useRef<HTMLInputElement>(null);
  useResultKeys(box);
  const { pending, go, wait } = useSearching(form, { here, typed, shownZone });
  useEffect(() => {
    // The browser's way back and the chips change the address; whoever types is not interrupted.
    if (box.current && document.activeElement !== box.current) box.current.value = typed;
  }, [typed]);
  return (
    <search aria-busy={pending}>
      <form
        ref={form}
        action={here}
        className="mb-2 grid gap-x-4 gap-y-2 md:flex md:items-center"
        onSubmit={(event) => {
          event.preventDefault();
          go();
        }}
      >
        <span className="relative flex min-w-0 flex-1">
          <Search aria-hidden size={16} className="pointer-events-none absolute top-2.5 left-3 text-soft" />
          <input
            ref={box}
            type="search"
            name="text"
            maxLength={300}
            defaultValue={typed}
            autoComplete="off"
            spellCheck={false}
            aria-label="Search mail"
            aria-describedby="search-help"
            aria-keyshortcuts="/"
            placeholder="Address, subject, Message-ID, “last Tuesday”, state"
            className={`${controlClass} text-ellipsis pr-24 pl-9`}
            onChange={(event) => wait(event.target.value)}
          />
          <span
            aria-hidden
            className={`pointer-events-none absolute top-2 right-9 text-soft text-table transition-opacity ${pending ? "opacity-100 delay-150" : "opacity-0"}`}
          >
            searching
          </span>
          <kbd
            aria-hidden
            className="pointer-events-none absolute top-2 right-3 font-mono text-faint text-table max-md:hidden"
          >
            /
          </kbd>
        </span>
        {Object.entries(kept).map(
          ([key, value]) => key !== "all" && <input key={key} type="hidden" name={key} value={value} />,
        )}
        <label className="flex items-center gap-2">
          <input
            key={String(all)}
            type="checkbox"
            name="all"
            defaultChecked={all}
            className="size-4"
            onChange={() => go()}
          />
          Notices, tests and copies too
        </label>
      </form>
      <p id="search-help" className="sr-only">
        Results come while you type. The arrow keys lead through them, Enter opens one. What is understood stands behind
        the box, under What can I type.
      </p>
    </search>
  );
}

const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

function useSearching(
  form: React.RefObject<HTMLFormElement | null>,
  { here, typed, shownZone }: { here: string; typed: string; shownZone: string | undefined },
) {
  const router = useRouter();
  const [pending, start] = useTransition();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const asked = useRef(typed);
  const go = () => {
    clearTimeout(timer.current);
    if (!form.current) return;
    const query = new URLSearchParams();
    for (const [key, value] of new FormData(form.current))
      if (typeof value === "string" && value) query.set(key, value);
    if (shownZone) query.set("zone", ownZone());
    asked.current = query.get("text") ?? "";
    start(() => router.replace(`${here}?${query}`, { scroll: false }));
  };
  const wait = (text: string) => {
    clearTimeout(timer.current);
    const length = text.trim().length;
    if (length > 0 && length < fewest) return;
    timer.current = setTimeout(() => text.trim() !== asked.current.trim() && go(), pauseMs);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    // Not only once something is searched: the times of a page don't change their zone while it is worked with.
    const named = new URLSearchParams(location.search).has("zone");
    if (shownZone && !named && shownZone !== ownZone()) {
      const query = new URLSearchParams(location.search);
      query.set("zone", ownZone());
      router.replace(`${here}?${query}`, { scroll: false });
    }
  }, [router, here, shownZone]);
  useEffect(() => {
    asked.current = typed;
  }, [typed]);
  return { pending, go, wait };
}
