// When a rule acts: the conditions that it has, each with its input, and those that can be added.
"use client";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { useFormContext, useWatch } from "react-hook-form";
import { Button } from "@/app/_ui/button";
import { TextInput } from "@/app/_ui/inputs";
import { Section } from "@/app/_ui/page";
import type { WhenKey } from "@/domain/routing/rules";
import { whenKeys, whenLabels } from "./labels";
import type { FormValues } from "./rule-form";
import { useFault, useRecheck } from "./use-fault";

type When = FormValues["rule"]["when"];

const wild = "* stands for anything, and case is ignored.";

const help: Record<WhenKey, ReactNode> = {
  recipient: <>The address that the mail is for. {wild} With this, the rule acts for that recipient only.</>,
  sender: <>Who sent it (Return-Path, else From). {wild}</>,
  subject: <>The whole subject: *invoice* finds the word anywhere in it. {wild}</>,
  mailbox: <>The name of the mailbox here that it was collected from. {wild}</>,
  header: "Any header of the mail, by its name; the text may stand anywhere in it, and case is ignored.",
  sizeOver: "Like 10 MB or 500 KB.",
};

const placeholders: Record<Exclude<WhenKey, "header">, string> = {
  recipient: "billing@contoso.example",
  sender: "*@partner.example",
  subject: "*invoice*",
  mailbox: "info",
  sizeOver: "10 MB",
};

export function WhenFields({ mailboxes }: { mailboxes: string[] }) {
  const { setValue } = useFormContext<FormValues>();
  const recheck = useRecheck();
  const fault = useFault();
  const when = useWatch<FormValues, "rule.when">({ name: "rule.when" });
  const added = useRef<string | null>(null);
  const list = useId();
  const set = (next: When) => {
    setValue("rule.when", next, { shouldDirty: true });
    recheck();
  };
  const has = whenKeys.filter((key) => when[key] !== undefined);
  const lacks = whenKeys.filter((key) => when[key] === undefined);
  useEffect(() => {
    if (added.current) document.getElementById(added.current)?.focus();
    added.current = null;
  });
  const add = (key: WhenKey) => {
    added.current = key === "header" ? "field-rule.when.header.name" : `field-rule.when.${key}`;
    set({ ...when, [key]: key === "header" ? { name: "", contains: "" } : "" });
  };
  const remove = (key: WhenKey) => {
    const { [key]: _gone, ...rest } = when;
    added.current = `add-${key}`;
    set(rest);
  };
  return (
    <Section title="When" help={has.length > 1 ? "All of these must hold." : undefined}>
      {fault("rule.when") && has.length === 0 && (
        <p className="text-stop text-table">
          <span aria-hidden>■ </span>
          Choose at least one condition below.
        </p>
      )}
      {has.map((key) => (
        <div key={key} className="flex items-start gap-2">
          <div className="min-w-0 flex-1">
            {key === "header" ? (
              <HeaderInputs
                value={when.header ?? { name: "", contains: "" }}
                set={(header) => set({ ...when, header })}
              />
            ) : (
              <TextInput
                label={whenLabels[key]}
                id={`field-rule.when.${key}`}
                mono={key !== "subject"}
                list={key === "mailbox" ? list : undefined}
                placeholder={placeholders[key]}
                help={help[key]}
                value={String(when[key] ?? "")}
                onChange={(event) => set({ ...when, [key]: event.target.value })}
                error={fault(`rule.when.${key}`)}
              />
            )}
          </div>
          <Button
            kind="ghost"
            size="small"
            className="mt-7"
            aria-label={`Remove the condition ${whenLabels[key]}`}
            onClick={() => remove(key)}
          >
            Remove
          </Button>
        </div>
      ))}
      {lacks.length > 0 && (
        <fieldset
          id="field-rule.when"
          tabIndex={-1}
          data-marked={fault("rule.when") && has.length === 0 ? "" : undefined}
          className="flex flex-wrap items-center gap-2"
        >
          <legend className="float-left mr-1 text-soft text-table">Add</legend>
          {lacks.map((key) => (
            <Button
              key={key}
              id={`add-${key}`}
              size="small"
              aria-label={`Add the condition ${whenLabels[key]}`}
              onClick={() => add(key)}
            >
              {whenLabels[key]}
            </Button>
          ))}
        </fieldset>
      )}
      <datalist id={list}>
        {mailboxes.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </Section>
  );
}

type Header = NonNullable<When["header"]>;

function HeaderInputs({ value, set }: { value: Header; set: (next: Header) => void }) {
  const fault = useFault();
  return (
    <div className="grid items-start gap-3 sm:grid-cols-2">
      <TextInput
        label="Header name"
        id="field-rule.when.header.name"
        mono
        placeholder="List-Id"
        help={help.header}
        value={value.name}
        onChange={(event) => set({ ...value, name: event.target.value })}
        error={fault("rule.when.header.name")}
      />
      <TextInput
        label="Header contains"
        id="field-rule.when.header.contains"
        mono
        placeholder="news.partner.example"
        help="Empty: it is there at all."
        value={value.contains}
        onChange={(event) => set({ ...value, contains: event.target.value })}
        error={fault("rule.when.header.contains")}
      />
    </div>
  );
}
