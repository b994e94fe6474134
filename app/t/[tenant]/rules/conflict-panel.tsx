// Two people saved the same rule: who and when, where the two versions differ, and the two ways on.
"use client";
import { useEffect, useState } from "react";
import { Button } from "@/app/_ui/button";
import { longTime } from "@/app/_ui/time";
import type { RuleRow } from "@/domain/routing/list";
import { type Rule, rule as ruleSchema } from "@/domain/routing/schema";
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
  useEffect(() => {
    current(slug, { id })
      .then((answer) => {
        if (answer.ok && answer.data) setTheirs(answer.data);
        else setFault(answer.ok ? "By now it is removed. Save again to make yours a new rule." : answer.message);
      })
      .catch(() => setFault("The other version can't be read right now. Nothing is lost: try to save again."));
  }, [slug, id]);
  const read = ruleSchema.safeParse(mine);
  const differing = theirs && read.success ? differences(theirs.rule, read.data) : [];
  return (
    <div role="alert" className="mb-6 rounded-md bg-needs-soft px-4 py-3">
      <p className="font-medium">
        <span aria-hidden className="mr-2 text-[12px] text-needs">
          ▲
        </span>
        {conflict.by || "Somebody"} saved this rule on {longTime(conflict.at, zone)}. Nothing of yours was saved yet.
      </p>
      {fault && <p className="mt-1 text-soft">{fault}</p>}
      {theirs && (
        <>
          <table className="mt-3 w-full text-left text-table">
            <caption className="sr-only">Where the two versions differ</caption>
            <thead>
              <tr className="text-soft">
                <th className="py-1 pr-3 font-medium">Field</th>
                <th className="py-1 pr-3 font-medium">Theirs</th>
                <th className="py-1 font-medium">Yours</th>
              </tr>
            </thead>
            <tbody>
              {differing.map(({ field, theirs: their, mine: my }) => (
                <tr key={field} className="border-line border-t align-top">
                  <td className="py-1 pr-3">{field}</td>
                  <td className="py-1 pr-3 [overflow-wrap:anywhere]">{their}</td>
                  <td className="py-1 [overflow-wrap:anywhere]">{my}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {differing.length === 0 && <p className="text-soft">Both versions say the same.</p>}
          <div className="mt-3 flex flex-wrap gap-2">
            <Button size="small" onClick={() => onTheirs(theirs)}>
              Take theirs
            </Button>
            <Button size="small" kind="danger" onClick={() => onMine(theirs.version)}>
              Overwrite with mine
            </Button>
          </div>
        </>
      )}
    </div>
  );
}

const words = (rule: Rule) => ({
  Name: rule.name,
  When: whenInWords(rule.when).join(", and "),
  Then: thenInWords(rule.then),
  "Goes on": rule.continue ? "yes" : "no",
});

function differences(theirs: Rule, mine: Rule): { field: string; theirs: string; mine: string }[] {
  const [their, my] = [words(theirs), words(mine)];
  return (Object.keys(their) as (keyof typeof their)[])
    .filter((field) => their[field] !== my[field])
    .map((field) => ({ field, theirs: their[field], mine: my[field] }));
}
