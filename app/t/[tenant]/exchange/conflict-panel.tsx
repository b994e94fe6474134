// Two people saved this page: its fields as they are by now, beside what was typed here.
"use client";
import { useEffect, useState } from "react";
import { Conflict, type Difference, unreadable } from "@/app/_ui/conflict";
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
      .catch(() => setFault(unreadable));
  }, [slug]);
  return (
    <Conflict
      what="page"
      conflict={conflict}
      zone={zone}
      fault={fault}
      differing={theirs && differences(theirs.settings, mine)}
      onTheirs={() => theirs && onTheirs(theirs)}
      onMine={() => theirs && onMine(theirs.version)}
    />
  );
}

/** Numbers may still be text in the form: 25 and "25" are the same. */
function differences(theirs: ExchangeSettings, mine: FormValues): Difference[] {
  const plain = (value: unknown) => (typeof value === "number" ? String(value) : JSON.stringify(value));
  const text = (value: unknown) => (typeof value === "string" ? value : plain(value));
  return (Object.keys(labels) as (keyof ExchangeSettings)[])
    .filter((field) => text(theirs[field]) !== text(mine[field]))
    .map((field) => ({
      field: labels[field],
      theirs: inWords(field, theirs[field]),
      mine: inWords(field, mine[field]),
    }));
}
