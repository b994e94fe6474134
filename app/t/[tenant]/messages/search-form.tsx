// One box for people, subjects and Message-IDs, and two days. A plain form: what was asked for stands in the address.
"use client";
import { Search } from "lucide-react";
import Form from "next/form";
import { Button } from "@/app/_ui/button";
import { controlClass } from "@/app/_ui/field";

interface Props {
  action: string;
  zone: string;
  text: string | undefined;
  from: string | undefined;
  until: string | undefined;
  all: boolean;
  /** what else stands in the address and stays */
  kept: Record<string, string | undefined>;
}

export function SearchForm({ action, zone, text, from, until, all, kept }: Props) {
  return (
    <search>
      {/* A key of the values: the fields follow the address when a chip or the browser's way back changes it. */}
      <Form
        action={action}
        key={JSON.stringify([text, from, until, all])}
        className="mb-3 grid gap-x-3 gap-y-2 md:flex md:flex-wrap md:items-center"
      >
        <span className="relative flex min-w-0 flex-1 md:min-w-72">
          <Search aria-hidden size={16} className="pointer-events-none absolute top-2.5 left-3 text-soft" />
          <input
            type="search"
            name="text"
            maxLength={300}
            defaultValue={text}
            aria-label="Sender, recipient, subject or Message-ID"
            aria-describedby="search-help"
            placeholder="Sender, recipient, subject or Message-ID"
            className={`${controlClass} pl-9`}
          />
        </span>
        <span className="flex items-center gap-2 max-md:[&>input]:flex-1">
          <Day name="from" label={`First day, in ${zone}`} value={from} />
          <span className="text-soft">to</span>
          <Day name="until" label={`Last day, in ${zone}`} value={until} />
        </span>
        {Object.entries(kept).map(
          ([key, value]) => value && <input key={key} type="hidden" name={key} value={value} />,
        )}
        <span className="flex items-center justify-between gap-3">
          <label className="flex items-center gap-2">
            <input type="checkbox" name="all" defaultChecked={all} className="size-4" /> Notices, tests and copies too
          </label>
          <Button type="submit">Search</Button>
        </span>
      </Form>
      <p id="search-help" className="sr-only">
        All words must be found. Put from:, to:, subject: or id: in front of a word to look there only, and quotation
        marks around words that belong together.
      </p>
    </search>
  );
}

const Day = ({ name, label, value }: { name: string; label: string; value: string | undefined }) => (
  <input
    type="date"
    name={name}
    defaultValue={value}
    aria-label={label}
    title={label}
    className={`${controlClass} w-36 px-2`}
  />
);
