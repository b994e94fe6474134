// What will change, line by line, and what can't be changed and why. Nothing is done before this was seen.
"use client";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { Button } from "@/app/_ui/button";
import { withFresh } from "@/app/_ui/fresh-sign-in";
import { TextInput } from "@/app/_ui/inputs";
import { Mono } from "@/app/_ui/page";
import { SoftLink } from "@/app/_ui/soft-link";
import type { ManyChange } from "@/domain/mailbox/many-schema";
import { edit, run } from "./actions";
import type { PlannedHere } from "./each";
import { inParts, type Progress } from "./parts";
import { fieldWords, mailboxesWord, valueWords, verbOf } from "./words";

export interface Asked {
  /** numbers may still be text: the door reads them */
  change: Exclude<ManyChange, { do: "settings" }> | { do: "settings"; settings: Record<string, string> };
  mailboxes: PlannedHere[];
  /** how many were chosen */
  wanted: number;
}

interface Props {
  asked: Asked;
  onProgress: (progress: Progress) => void;
  onCancel: () => void;
}

export function PlanView({ asked: { change, mailboxes, wanted }, onProgress, onCancel }: Props) {
  const [named, setNamed] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const stay = mailboxes.filter(({ why }) => why !== null);
  const move = mailboxes.filter(({ why, lines }) => why === null && lines.length > 0);
  const same = mailboxes.filter(({ why, lines }) => why === null && lines.length === 0).length;
  const gone = wanted - mailboxes.length;
  const along = move.filter((one) => one.along);
  const host = change.do === "settings" ? (change.settings.host ?? "").trim().toLowerCase() : "";
  const confirm = async (event: FormEvent) => {
    event.preventDefault();
    const typed = named.trim().toLowerCase();
    if (along.length > 0 && typed !== host) return setFault(`Type “${host}” to go on.`);
    setBusy(true);
    const items = move.map(({ slug, id, version }) => ({ slug, id, version }));
    const refused = await inParts(
      (part) =>
        change.do === "settings"
          ? withFresh(() => edit({ items: part, settings: change.settings, named: along.length > 0 ? typed : "" }))
          : run({ items: part, change }),
      items,
      onProgress,
    );
    setBusy(false);
    if (refused) setFault(refused.message);
  };
  return (
    <form onSubmit={confirm} noValidate className="border-line border-b py-5">
      <h2 ref={title} tabIndex={-1} className="font-semibold outline-none">
        {move.length === 0 ? "Nothing would change" : `What will change in ${mailboxesWord(move.length)}`}
      </h2>
      <p className="mt-1 text-soft">
        {[
          same > 0 && `${mailboxesWord(same)} ${same === 1 ? "is" : "are"} like this already.`,
          stay.length > 0 && `${mailboxesWord(stay.length)} can’t be changed.`,
          gone > 0 && `${mailboxesWord(gone)} of those you chose ${gone === 1 ? "is" : "are"} not there any more.`,
        ]
          .filter(Boolean)
          .join(" ")}
      </p>
      {stay.length > 0 && <Lines title="What can’t be changed, and why" mailboxes={stay} />}
      {move.length > 0 && <Lines title="What will change" mailboxes={move} />}
      {host && move.length > 0 && <Moved />}
      {along.length > 0 && (
        <div className="mt-4 grid max-w-[560px] gap-3 rounded-md bg-needs-soft p-4">
          <p>
            <span aria-hidden className="text-needs">
              ▲{" "}
            </span>
            {along.length === 1 ? "1 stored password goes" : `${along.length.toLocaleString("en")} stored passwords go`}{" "}
            along to <Mono>{host}</Mono>: over TLS only, and only to a server whose certificate is valid for this name.
            Make sure that the name is the provider’s.
          </p>
          <TextInput
            label={`Type the new host: ${host}`}
            mono
            value={named}
            onChange={({ target }) => {
              setNamed(target.value);
              setFault("");
            }}
          />
        </div>
      )}
      {fault && (
        <p role="alert" className="mt-3 text-stop text-table">
          <span aria-hidden>■ </span>
          {fault}
        </p>
      )}
      <div className="mt-5 flex gap-2">
        {move.length > 0 && (
          <Button type="submit" kind="primary" busy={busy && "Changing"}>
            {verbOf(change.do, move.length)}
          </Button>
        )}
        <Button kind="ghost" onClick={onCancel}>
          {move.length > 0 ? "Cancel" : "Back to the list"}
        </Button>
      </div>
    </form>
  );
}

const Moved = () => (
  <p className="mt-3 max-w-[72ch] text-soft">
    Each mailbox keeps what it knows. Its first listing at the new place is compared mail by mail with what was
    collected before, so nothing is collected twice and nothing is deleted unseen.
  </p>
);

function Lines({ title, mailboxes }: { title: string; mailboxes: PlannedHere[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section aria-label={title} tabIndex={0} className="mt-4 max-h-[420px] overflow-y-auto border-line border-y">
      <table className="w-full border-collapse text-table">
        <caption className="sr-only">{title}</caption>
        <thead className="sr-only">
          <tr>
            <th scope="col">Mailbox</th>
            <th scope="col">Old → new</th>
          </tr>
        </thead>
        <tbody>
          {mailboxes.map((one) => (
            <tr
              key={one.id}
              className="border-line border-b align-top last:border-b-0 max-md:grid max-md:gap-1 max-md:py-2"
            >
              <td className="px-1 py-1.5 md:w-[34%] max-md:py-0">
                <SoftLink href={`/t/${one.slug}/mailboxes/${one.id}`} className="font-medium hover:underline">
                  {one.name}
                </SoftLink>{" "}
                <span className="text-soft [overflow-wrap:anywhere]">{one.tenant}</span>
              </td>
              <td className="px-1 py-1.5 [overflow-wrap:anywhere] max-md:py-0">
                {one.why ? (
                  <span>
                    <span aria-hidden className="text-stop">
                      ■{" "}
                    </span>
                    {one.why}
                  </span>
                ) : (
                  <ul className="flex flex-wrap gap-x-6 gap-y-0.5">
                    {one.lines.map(({ field, from, to }) => (
                      <li key={field}>
                        <span className="text-soft">{fieldWords(field)}</span> <Mono>{valueWords(field, from)}</Mono>{" "}
                        <span className="sr-only">to</span>
                        <span aria-hidden>→</span> <Mono>{valueWords(field, to)}</Mono>
                      </li>
                    ))}
                    {one.along && <li className="text-needs">▲ its stored password goes along</li>}
                  </ul>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
