// Tries rules on one mail, pasted or collected: those that are stored, or with the editor's as it stands. Nothing is sent.
"use client";
import { useEffect, useState } from "react";
import type { Answer } from "@/app/_server/answer";
import { Button } from "@/app/_ui/button";
import { RadioGroup } from "@/app/_ui/choices";
import { late } from "@/app/_ui/late";
import { Banner } from "@/app/_ui/state";
import type { Trial } from "@/domain/routing/trial";
import { tryCollected, tryDraft, tryPasted } from "./actions";
import type { FormValues } from "./rule-form";
import type { Picked } from "./tester-mail";
import { type Pasted, PasteFields } from "./tester-paste";

const MailPicker = late(() => import("./tester-mail").then((module) => module.MailPicker));
const TrialView = late(() => import("./trial-view").then((module) => module.TrialView));

type Draft = Pick<FormValues, "id" | "place" | "rule">;

export interface TesterProps {
  slug: string;
  zone: string;
  mailboxes: { id: string; name: string }[];
  mayPick: boolean;
  /** the mail to begin with */
  mail?: Picked | null | undefined;
  /** the editor's rule; answers null when it isn't whole. None: the stored rules are tried */
  draft?: () => Promise<Draft | null>;
  /** what the editor holds, to tell that a result is about something else by now */
  values?: string;
}

export function Tester(props: TesterProps) {
  const { mailboxes, mayPick } = props;
  const [source, setSource] = useState(props.mail ? "collected" : "pasted");
  const [pasted, setPasted] = useState<Pasted>({ text: "", mailboxId: mailboxes[0]?.id ?? "", size: "" });
  const [picked, setPicked] = useState<Picked | null>(props.mail ?? null);
  const { result, busy, stale, run } = useTrial(props, source, pasted, picked);
  const fields = result && !result.ok ? (result.fields ?? {}) : {};
  const fault = (name: string) =>
    Object.entries(fields).find(([path]) => path === name || path.endsWith(`.${name}`))?.[1];
  return (
    <div className="min-w-0 lg:border-line lg:border-l lg:pl-8">
      <section aria-labelledby="tester" className="lg:sticky lg:top-6">
        <h2 id="tester" className="font-semibold">
          Try {props.draft ? "this rule" : "the rules"}
        </h2>
        <p className="mt-1 mb-4 text-soft">
          {props.draft
            ? "See what becomes of a mail with this rule as it stands here, saved or not."
            : "See which rule takes a mail, and where it goes."}{" "}
          Nothing is sent.
        </p>
        <div className="grid gap-4">
          {mayPick && (
            <RadioGroup
              label="Which mail"
              hideLabel
              name="trial-source"
              chosen={source}
              onChange={(event) => setSource(event.target.value)}
              options={[
                { value: "pasted", label: "A mail that I paste" },
                { value: "collected", label: "A mail that was collected" },
              ]}
            />
          )}
          {source === "pasted" ? (
            <PasteFields value={pasted} set={setPasted} mailboxes={mailboxes} fault={fault} />
          ) : (
            <MailPicker
              slug={props.slug}
              zone={props.zone}
              picked={picked}
              onPick={(mail) => {
                setPicked(mail);
                void run(mail);
              }}
            />
          )}
          {(source === "pasted" ? mailboxes.length > 0 : picked !== null) && (
            <div>
              <Button onClick={() => void run(picked)} busy={busy && "Trying"}>
                Try it
              </Button>
            </div>
          )}
        </div>
        <div className="mt-5 empty:hidden" role="status">
          {result && !result.ok && Object.keys(fields).length === 0 && (
            <Banner state="stopped" title={result.message} />
          )}
          {result?.ok && <TrialView trial={result.data} stale={stale} />}
        </div>
      </section>
    </div>
  );
}

function useTrial(props: TesterProps, source: string, pasted: Pasted, picked: Picked | null) {
  const [result, setResult] = useState<Answer<Trial> | null>(null);
  const [busy, setBusy] = useState(false);
  const [tried, setTried] = useState("");
  const about = (mail: Picked | null) =>
    JSON.stringify([source, source === "pasted" ? pasted : mail?.id, props.values ?? ""]);
  const run = async (mail: Picked | null) => {
    if (source === "collected" && !mail) return;
    setBusy(true);
    setTried(about(mail));
    setResult(
      await ask(props, source === "pasted" ? { kind: "pasted", ...pasted } : { kind: "collected", mailId: mail?.id }),
    );
    setBusy(false);
  };
  // A rule that is made of a mail shows at once what it would do with it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, with what the page began with
  useEffect(() => {
    if (props.mail) void run(props.mail);
  }, []);
  return { result, busy, stale: tried !== about(picked), run };
}

type Mail = ({ kind: "pasted" } & Pasted) | { kind: "collected"; mailId: string | undefined };

async function ask({ slug, draft }: TesterProps, mail: Mail): Promise<Answer<Trial>> {
  const unreachable = { ok: false, message: "The portal did not answer. Check the connection and try again." } as const;
  try {
    if (draft) {
      const rule = await draft();
      if (!rule) return { ok: false, message: "The rule isn't whole yet: see the marked fields." };
      return await tryDraft(slug, { draft: rule, mail });
    }
    if (mail.kind === "pasted") return await tryPasted(slug, { pasted: mail });
    return await tryCollected(slug, { mailId: mail.mailId });
  } catch {
    return unreachable;
  }
}
