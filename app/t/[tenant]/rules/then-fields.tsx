// What a rule does: send the mail elsewhere, send a copy, hold it or discard it.
"use client";
import { useRef } from "react";
import { useFormContext, useWatch } from "react-hook-form";
import { RadioGroup } from "@/app/_ui/choices";
import { TextInput } from "@/app/_ui/inputs";
import { ListInput } from "@/app/_ui/list-input";
import { Section } from "@/app/_ui/page";
import { type ThenKey, thenKey, thenLabels } from "./labels";
import type { FormValues } from "./rule-form";
import { useFault, useRecheck } from "./use-fault";

type Then = FormValues["rule"]["then"];

const help: Record<ThenKey, string> = {
  redirect: "The address that it was for gets nothing, unless it stands among them.",
  copyTo: "It goes on to where it was for, too.",
  hold: "It waits under BADMAIL and held, and the postmaster is told.",
  discard:
    "Nobody gets it, and its content is removed with that of delivered mail. Its journey names the rule and this reason.",
};

export function ThenFields() {
  const { setValue } = useFormContext<FormValues>();
  const recheck = useRecheck();
  const fault = useFault();
  const outcome = useWatch<FormValues, "rule.then">({ name: "rule.then" });
  const version = useWatch<FormValues, "version">({ name: "version" });
  const kind = thenKey(outcome);
  // What was filled in comes back when somebody changes their mind.
  const typed = useRef<{ addresses: string[]; reason: string }>({ addresses: [], reason: "" });
  const set = (next: Then) => {
    if ("redirect" in next) typed.current.addresses = next.redirect;
    if ("copyTo" in next) typed.current.addresses = next.copyTo;
    if ("discard" in next) typed.current.reason = next.discard;
    setValue("rule.then", next, { shouldDirty: true });
    recheck();
  };
  const choose = (next: string) => {
    if (next === kind) return;
    if ("redirect" in outcome) typed.current.addresses = outcome.redirect;
    if ("copyTo" in outcome) typed.current.addresses = outcome.copyTo;
    set(empty(next, typed.current));
  };
  const addresses = "redirect" in outcome ? outcome.redirect : "copyTo" in outcome ? outcome.copyTo : null;
  return (
    <Section title="Then">
      <RadioGroup
        label="Then"
        hideLabel
        name="then"
        chosen={kind}
        onChange={(event) => choose(event.target.value)}
        options={(["redirect", "copyTo", "hold", "discard"] as const).map((value) => ({
          value,
          label: thenLabels[value],
          help: help[value],
        }))}
      />
      {addresses && (
        <ListInput
          key={`${kind} ${version}`}
          id={`field-rule.then.${kind}`}
          label="Addresses"
          placeholder="accounting@contoso.example"
          help="Your Exchange server gets it for each of them. Apart by commas or lines."
          value={addresses}
          onChange={(next) => set(kind === "redirect" ? { redirect: next } : { copyTo: next })}
          error={fault(`rule.then.${kind}`)}
        />
      )}
      {"discard" in outcome && (
        <TextInput
          label="Reason"
          id="field-rule.then.discard"
          placeholder="Nobody reads this newsletter"
          value={outcome.discard}
          onChange={(event) => set({ discard: event.target.value })}
          error={fault("rule.then.discard")}
        />
      )}
    </Section>
  );
}

function empty(kind: string, { addresses, reason }: { addresses: string[]; reason: string }): Then {
  if (kind === "redirect") return { redirect: addresses };
  if (kind === "copyTo") return { copyTo: addresses };
  return kind === "hold" ? { hold: true } : { discard: reason };
}
