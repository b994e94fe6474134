// Every token and component with all its states, on one page: for whoever builds pages. Only there in development, or where
// MAILFERRY_DESIGN_PAGE is 1 (as in the tests, which look for faults of access on it).
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { Column, EmptyState, Mono, PageHeader, Skeleton } from "@/app/_ui/page";
import { Banner, type State, StateMark } from "@/app/_ui/state";
import { Table } from "@/app/_ui/table";
import { ThemeToggle } from "@/app/_ui/theme-toggle";
import { Wordmark } from "@/app/_ui/wordmark";
import { Colours } from "./colours";
import { Controls } from "./controls";
import { Floating } from "./floating";

export const dynamic = "force-dynamic";
export const metadata: Metadata = { title: "Design" };

const states: readonly State[] = ["flowing", "slow", "needs", "stopped", "idle"];

export default function DesignPage() {
  if (process.env.NODE_ENV === "production" && process.env.MAILFERRY_DESIGN_PAGE !== "1") notFound();
  return (
    <main id="content" tabIndex={-1} className="mx-auto max-w-[1180px] px-4 py-6 outline-none md:px-8">
      <div className="mb-6 flex items-center justify-between">
        <Wordmark />
        <ThemeToggle />
      </div>
      <PageHeader title="Design">
        What pages are made of. A page takes these by name and has no colour, size or control of its own.
      </PageHeader>
      <Part title="Colour">
        <Colours />
      </Part>
      <Part title="Type">
        <p className="text-title">Title, 20 on 28</p>
        <p>Body, 14 on 22: mail flows.</p>
        <p className="text-table">Table, 13 on 20: info@contoso.example</p>
        <p className="text-soft text-xs">Small, 12 on 16, soft</p>
        <p>
          <Mono>550 5.1.10 RESOLVER.ADR.RecipientNotFound</Mono>
        </p>
        <p className="tabular">1,234,567 and 7,654,321 stand below each other</p>
      </Part>
      <Part title="State: shape, colour and word">
        <div className="flex flex-wrap gap-6">
          {states.map((state) => (
            <StateMark key={state} state={state} />
          ))}
        </div>
        {states.map((state) => (
          <Banner key={state} state={state} title={`What ${state} has to say, in one sentence.`}>
            And what to do about it.
          </Banner>
        ))}
      </Part>
      <Part title="Controls">
        <Column>
          <Controls />
        </Column>
      </Part>
      <Part title="What opens above the page">
        <Floating />
      </Part>
      <Part title="Tables">
        <Table
          caption="An example of a table"
          rows={[
            { name: "info", state: "flowing" as const, count: 412 },
            { name: "sales", state: "stopped" as const, count: 3 },
          ]}
          rowKey={({ name }) => name}
          columns={[
            { key: "name", head: "Mailbox", cell: ({ name }) => <Mono>{name}</Mono> },
            { key: "state", head: "State", cell: ({ state }) => <StateMark state={state} /> },
            { key: "count", head: "Mails", align: "right", cell: ({ count }) => count },
          ]}
        />
      </Part>
      <Part title="Nothing, and not yet">
        <EmptyState title="No mailbox yet">An empty page says what belongs there, and offers the next step.</EmptyState>
        <Skeleton className="h-4 w-64" />
      </Part>
    </main>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="grid gap-4 border-line border-t py-6">
      <h2 className="font-medium">{title}</h2>
      {children}
    </section>
  );
}
