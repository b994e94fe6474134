// The rules in their order, for people who may change them: up and down, edit, remove and take that back.
"use client";
import { useRouter } from "next/navigation";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Button } from "@/app/_ui/button";
import { ButtonLink } from "@/app/_ui/button-link";
import { ConfirmDialog } from "@/app/_ui/confirm-dialog";
import { Banner } from "@/app/_ui/state";
import type { Rule } from "@/domain/routing/schema";
import type { Removed } from "@/domain/routing/store-edit";
import { goneWords } from "@/domain/routing/words";
import { move, remove, save } from "./actions";
import { RuleText } from "./rule-text";

export interface ListedRule {
  id: string;
  rule: Rule;
  version: number;
  /** "It acted on 3 of the newest 1,000 mails." */
  use: string;
}

interface Said {
  state: "flowing" | "stopped";
  words: string;
  /** gives back what was removed */
  undo?: Removed;
}

interface Props {
  slug: string;
  rules: ListedRule[];
  /** the name of the rule that was saved a moment ago */
  saved: string | null;
}

export function RuleList({ slug, rules: given, saved }: Props) {
  const router = useRouter();
  const [order, setOrder] = useState<string[] | null>(null);
  const [said, setSaid] = useState<Said | null>(
    saved === null ? null : { state: "flowing", words: `“${saved}” is saved. It acts on mail that comes from now on.` },
  );
  // A move shows itself; who doesn't see it is told.
  const [moved, setMoved] = useState("");
  const focus = useRef("");
  // Ours until the page brings what is stored.
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever it does
  useEffect(() => setOrder(null), [given]);
  const rules = order ? order.flatMap((id) => given.find((one) => one.id === id) ?? []) : given;
  useEffect(() => {
    if (focus.current) document.getElementById(focus.current)?.focus();
    focus.current = "";
  });

  const shift = async (from: number, by: -1 | 1) => {
    const to = from + by;
    const shifted = rules[from];
    if (!shifted || to < 0 || to >= rules.length) return;
    const seen = rules.map(({ id }) => id);
    const next = seen.filter((id) => id !== shifted.id);
    next.splice(to, 0, shifted.id);
    // The other way's button where this one is gone: at either end of the list.
    const way = by < 0 ? (to === 0 ? "down" : "up") : to === rules.length - 1 ? "up" : "down";
    focus.current = `${way}-${shifted.id}`;
    setOrder(next);
    const answer = await move(slug, { id: shifted.id, place: to, seen }).catch(() => null);
    setMoved(answer?.ok ? `“${shifted.rule.name}” is now ${to + 1} of ${rules.length}.` : "");
    setSaid(answer?.ok ? null : { state: "stopped", words: answer?.message ?? unreachable });
    if (!answer?.ok) setOrder(null);
    router.refresh();
  };

  const pressed = (event: KeyboardEvent, n: number) => {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    void shift(n, event.key === "ArrowUp" ? -1 : 1);
  };

  const undo = async (removed: Removed) => {
    setSaid(await putBack(slug, removed));
    router.refresh();
  };

  return (
    <div>
      <div role="status" className="mb-4 empty:hidden">
        {said && (
          <Banner
            state={said.state}
            title={said.words}
            action={
              said.undo && (
                <Button size="small" onClick={() => said.undo && void undo(said.undo)}>
                  Undo
                </Button>
              )
            }
          />
        )}
      </div>
      <p role="status" className="sr-only">
        {moved}
      </p>
      <ol className="border-line border-t">
        {rules.map((one, n) => (
          <li
            key={one.id}
            onKeyDown={(event) => pressed(event, n)}
            className="grid grid-cols-[24px_minmax(0,1fr)] gap-x-2 border-line border-b py-4"
          >
            <span className="tabular text-right text-soft">{n + 1}.</span>
            <div className="min-w-0">
              <RuleText rule={one.rule} use={one.use} href={`/t/${slug}/rules/${one.id}`} />
              <div className="mt-2 flex flex-wrap gap-2">
                <MoveButton
                  way="up"
                  id={one.id}
                  name={one.rule.name}
                  hidden={n === 0}
                  onClick={() => void shift(n, -1)}
                />
                <MoveButton
                  way="down"
                  id={one.id}
                  name={one.rule.name}
                  hidden={n === rules.length - 1}
                  onClick={() => void shift(n, 1)}
                />
                <ButtonLink size="small" href={`/t/${slug}/rules/${one.id}`}>
                  Edit<span className="sr-only"> {one.rule.name}</span>
                </ButtonLink>
                <RemoveRule
                  slug={slug}
                  one={one}
                  onRemoved={(removed) => {
                    setSaid({ state: "flowing", words: `“${one.rule.name}” is removed.`, undo: removed });
                    router.refresh();
                  }}
                />
              </div>
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** Where it stood; in a list that changed meanwhile that place is no more, and it comes last. */
async function putBack(slug: string, removed: Removed): Promise<Said> {
  const { rule } = removed;
  const again = (place: number | null) => save(slug, { id: null, version: 0, ...removed, place }).catch(() => null);
  const first = await again(removed.place);
  const changed = first !== null && !first.ok && first.fields?.place !== undefined;
  const answer = changed ? await again(null) : first;
  if (!answer?.ok) return { state: "stopped", words: refusalOf(answer), undo: removed };
  if (answer.data.gone) return { state: "stopped", words: unreachable, undo: removed };
  const { place, of } = answer.data;
  return {
    state: "flowing",
    words: changed
      ? `“${rule.name}” is back, but somebody changed the list meanwhile: it is now ${place + 1} of ${of}. Move it where it belongs.`
      : `“${rule.name}” is back where it stood: ${place + 1} of ${of}.`,
  };
}

const refusalOf = (answer: { message: string; fields?: Record<string, string> } | null): string =>
  answer ? [answer.message, ...Object.values(answer.fields ?? {})].join(" ") : unreachable;

const unreachable = "The portal did not answer. Check the connection and try again.";

function MoveButton(props: { way: "up" | "down"; id: string; name: string; hidden: boolean; onClick: () => void }) {
  if (props.hidden) return null;
  return (
    <Button
      size="small"
      id={`${props.way}-${props.id}`}
      aria-label={`Move ${props.name} ${props.way}`}
      aria-keyshortcuts={props.way === "up" ? "Alt+ArrowUp" : "Alt+ArrowDown"}
      onClick={props.onClick}
    >
      <span aria-hidden>{props.way === "up" ? "↑ Up" : "↓ Down"}</span>
    </Button>
  );
}

function RemoveRule({
  slug,
  one: { id, rule, version, use },
  onRemoved,
}: {
  slug: string;
  one: ListedRule;
  onRemoved: (removed: Removed) => void;
}) {
  return (
    <ConfirmDialog
      trigger={
        <>
          Remove<span className="sr-only"> {rule.name}</span>
        </>
      }
      triggerKind="ghost"
      triggerSize="small"
      danger
      title={`Remove “${rule.name}”?`}
      confirm="Remove it"
      onConfirm={async () => {
        const answer = await remove(slug, { id, version });
        if (!answer.ok) return answer.message;
        onRemoved(answer.data);
        return null;
      }}
    >
      <p>
        Mail like this {goneWords(rule.then)}: it is left to the rules after it, or goes where it is for. {use}
      </p>
      <p>Mail that it acted on already stays as it is. You can undo this right after.</p>
    </ConfirmDialog>
  );
}
