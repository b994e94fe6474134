// The palette, open. The browser's own dialog keeps the focus inside; cmdk moves the mark by the arrow keys.
"use client";
import { Command } from "cmdk";
import { useRouter } from "next/navigation";
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Place } from "@/domain/tenant/find";
import type { NavEntry } from "./nav";
import { type Found, useFound } from "./use-found";

const group =
  "[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:pt-3 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-soft [&_[cmdk-group-heading]]:text-xs";

export function PaletteBox({ pages, onClose }: { pages: readonly NavEntry[]; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [words, setWords] = useState("");
  const found = useFound(words);
  const [marked, setMarked] = useState("");
  const router = useRouter();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    input.current?.focus();
  }, []);
  const go = (href: string) => {
    onClose();
    router.push(href);
  };
  const typed = words.trim().toLowerCase();
  const fitting = pages.filter(({ label }) => label.toLowerCase().includes(typed));
  // What is found comes a moment later and stands above what was marked meanwhile: the first is marked anew.
  const first = fitting[0]?.href ?? (found.places[0] && hrefOf(found.places[0])) ?? "mail";
  useEffect(() => setMarked(first), [first]);
  const messages = pages.find(({ href }) => href.endsWith("/messages"));
  const label = messages ? "Page, tenant, mailbox or words of a mail" : "Page, tenant or mailbox";
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside it closes; by keyboard Esc does
    <dialog
      ref={dialog}
      data-palette
      aria-label="Go to a page, a tenant or a mailbox"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
      className="mx-auto mt-[12dvh] w-[min(560px,calc(100vw-24px))] rounded-md bg-page p-0 text-ink shadow-float"
    >
      <Command shouldFilter={false} loop value={marked} onValueChange={setMarked} label={label}>
        <Command.Input
          ref={input}
          value={words}
          onValueChange={setWords}
          placeholder={label}
          maxLength={100}
          className="h-12 w-full border-line border-b bg-transparent px-4 outline-none placeholder:text-faint"
        />
        <Command.List className="max-h-[60dvh] overflow-y-auto overscroll-contain px-1 pb-2">
          <Pages pages={fitting} go={go} />
          <Places found={found} go={go} />
          {typed && found.settled && messages && (
            <Command.Group heading="Mail" className={group}>
              <Entry value="mail" onSelect={() => go(`${messages.href}?text=${encodeURIComponent(words.trim())}`)}>
                Look for “{words.trim()}” in {messages.href.startsWith("/t/") ? "this tenant’s" : "all"} messages
              </Entry>
            </Command.Group>
          )}
          <p role="status" className="px-3 pt-2 text-soft text-table empty:hidden">
            {found.fault ||
              (typed && found.settled && found.places.length === 0 && fitting.length === 0
                ? "No page, tenant or mailbox has these letters in its name."
                : "")}
          </p>
        </Command.List>
      </Command>
    </dialog>
  );
}

function Pages({ pages, go }: { pages: readonly NavEntry[]; go: (href: string) => void }) {
  if (pages.length === 0) return null;
  return (
    <Command.Group heading="Pages" className={group}>
      {pages.map(({ href, label }) => (
        <Entry key={href} value={href} onSelect={() => go(href)}>
          {label}
        </Entry>
      ))}
    </Command.Group>
  );
}

const hrefOf = ({ kind, slug, id }: Place) => (kind === "tenant" ? `/t/${slug}` : `/t/${slug}/mailboxes/${id}`);

function Places({ found, go }: { found: Found; go: (href: string) => void }) {
  const kinds = [
    { heading: "Tenants", places: found.places.filter(({ kind }) => kind === "tenant") },
    { heading: "Mailboxes", places: found.places.filter(({ kind }) => kind === "mailbox") },
  ];
  return kinds.map(
    ({ heading, places }) =>
      places.length > 0 && (
        <Command.Group key={heading} heading={heading} className={group}>
          {places.map((place) => (
            <Entry key={place.id} value={hrefOf(place)} onSelect={() => go(hrefOf(place))}>
              <span className="min-w-0 truncate">{place.name}</span>
              <span className="min-w-0 truncate text-soft text-table">
                {place.kind === "tenant" ? place.detail : `${place.detail} · ${place.tenant}`}
              </span>
            </Entry>
          ))}
        </Command.Group>
      ),
  );
}

function Entry({ value, onSelect, children }: { value: string; onSelect: () => void; children: ReactNode }) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex min-h-9 cursor-pointer items-center justify-between gap-4 rounded-sm px-3 py-1.5 data-[selected=true]:bg-hover"
    >
      {children}
    </Command.Item>
  );
}
