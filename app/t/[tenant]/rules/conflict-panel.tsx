// Two people saved the same rule: what it says by now, beside what was typed here.
"use client";
import { useEffect, useState } from "react";
import { Conflict, type Difference, unreadable } from "@/app/_ui/conflict";
import type { RuleRow } from "@/domain/routing/list";
import type { Rule } from "@/domain/routing/schema";
import { thenInWords, whenInWords } from "@/domain/routing/words";
import { current } from "./actions";
import type { FormValues } from "./rule-form";

export interface ConflictProps {
  slug: string;
  zone: string;
  id: string;
  conflict: { by: string; at: string };
  mine: FormValues["rule"];
  onTheirs: (theirs: RuleRow) => void;
  onMine: (version: number) => void;
}

export function ConflictPanel({ slug, zone, id, conflict, mine, onTheirs, onMine }: ConflictProps) {
  const [theirs, setTheirs] = useState<RuleRow | null>(null);
  const [fault, setFault] = useState("");
  // Undefined until it was read.
  const [typed, setTyped] = useState<Rule | null>();
  useEffect(() => {
    import("@/domain/routing/schema").then(
      ({ rule }) => setTyped(rule.safeParse(mine).data ?? null),
      () => setTyped(null),
    );
  }, [mine]);
  useEffect(() => {
    current(slug, { id })
      .then((answer) => {
        if (answer.ok && answer.data) setTheirs(answer.data);
        else setFault(answer.ok ? "By now it is removed. Save again to make yours a new rule." : answer.message);
      })
      .catch(() => setFault(unreadable));
  }, [slug, id]);
  const differing = typed === undefined ? null : theirs && (typed ? differences(theirs.rule, typed) : []);
  return (
    <Conflict
      what="rule"
      conflict={conflict}
      zone={zone}
      fault={fault}
      differing={differing}
      onTheirs={() => theirs && onTheirs(theirs)}
      onMine={() => theirs && onMine(theirs.version)}
    />
  );
}

const words = (rule: Rule) => ({
  Name: rule.name,
  When: whenInWords(rule.when).join(", and "),
  Then: thenInWords(rule.then),
  "Goes on": rule.continue ? "yes" : "no",
});

function differences(theirs: Rule, mine: Rule): Difference[] {
  const [their, my] = [words(theirs), words(mine)];
  return (Object.keys(their) as (keyof typeof their)[])
    .filter((field) => their[field] !== my[field])
    .map((field) => ({ field, theirs: their[field], mine: my[field] }));
}
