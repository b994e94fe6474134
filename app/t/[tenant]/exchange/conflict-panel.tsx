// Two people saved: who and when, the fields in which they differ, and the two ways on.
"use client";
import { useEffect, useState } from "react";
import { Button } from "@/app/_ui/button";
import { longTime } from "@/app/_ui/time";
import type { ExchangeSettings } from "@/domain/exchange/schema";
import { current } from "./actions";
import type { ExchangeFormProps, FormValues } from "./exchange-form";
import { inWords, labels } from "./labels";
import type { PageExchange } from "./page-exchange";

export interface ConflictProps extends ExchangeFormProps {
  conflict: { by: string; at: string };
  mine: FormValues;
  onTheirs: (theirs: PageExchange) => void;
  onMine: (version: number) => void;
}

export function ConflictPanel({ slug, zone, conflict, mine, onTheirs, onMine }: ConflictProps) {
  const [theirs, setTheirs] = useState<PageExchange | null>(null);
  const [fault, setFault] = useState("");
  useEffect(() => {
    current(slug, {})
      .then((answer) => (answer.ok ? setTheirs(answer.data) : setFault(answer.message)))
      .catch(() => setFault("The other version can't be read right now. Nothing is lost: try to save again."));
  }, [slug]);
  const differing = theirs ? differences(theirs.settings, mine) : [];
  return (
    <div role="alert" className="mb-6 rounded-md bg-needs-soft px-4 py-3">
      <p className="font-medium">
        <span aria-hidden className="mr-2 text-[12px] text-needs">
          ▲
        </span>
        {conflict.by || "Somebody"} saved this page on {longTime(conflict.at, zone)}. Nothing of yours was saved yet.
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
              {differing.map((field) => (
                <tr key={field} className="border-line border-t align-top">
                  <td className="py-1 pr-3">{labels[field]}</td>
                  <td className="py-1 pr-3 [overflow-wrap:anywhere]">{inWords(field, theirs.settings[field])}</td>
                  <td className="py-1 [overflow-wrap:anywhere]">{inWords(field, mine[field])}</td>
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

/** Numbers may still be text in the form: 25 and "25" are the same. */
function differences(theirs: ExchangeSettings, mine: FormValues): (keyof ExchangeSettings)[] {
  const plain = (value: unknown) => (typeof value === "number" ? String(value) : JSON.stringify(value));
  const text = (value: unknown) => (typeof value === "string" ? value : plain(value));
  return (Object.keys(labels) as (keyof ExchangeSettings)[]).filter(
    (field) => text(theirs[field]) !== text(mine[field]),
  );
}
