// Mailboxes of all tenants: found by server, state, tenant or text, and changed together. The filters stand in the address.
import type { Metadata } from "next";
import { sessionToken } from "@/app/_server/auth";
import { enterPlatform } from "@/app/_server/scope";
import { ButtonLink } from "@/app/_ui/button-link";
import { KeepFresh } from "@/app/_ui/keep-fresh";
import { EmptyState, PageHeader } from "@/app/_ui/page";
import { relativeTime } from "@/app/_ui/time";
import { doing, resultWords } from "@/app/t/[tenant]/mailboxes/state-words";
import { platformMay } from "@/domain/access";
import { type EveryMailbox, everyMailbox, mailboxHosts } from "@/domain/mailbox/every";
import { askedOf, type Params } from "./asked";
import { FilterForm } from "./filter-form";
import { ManyMailboxes, type Row } from "./many-mailboxes";
import { mailboxesWord } from "./words";

export const metadata: Metadata = { title: "Mailboxes of all tenants" };

const perPage = 100;

export default async function EveryMailboxPage({ searchParams }: { searchParams: Promise<Params> }) {
  const { scope, person, now } = await enterPlatform("platform.read");
  const token = (await sessionToken()) ?? "";
  const asked = askedOf(await searchParams);
  const [{ rows, matching, next }, hosts] = await Promise.all([
    everyMailbox(scope.db, token, asked.filter, asked.after, perPage),
    mailboxHosts(scope.db, token),
  ]);
  return (
    <>
      <KeepFresh on={["mailbox", "settings"]} />
      <PageHeader title="Mailboxes">
        {matching > 0 ? mailboxesWord(matching) : "Mailboxes"} of all open tenants{asked.filtered && " that fit"}.
        Choose some to change, pause or start them together.
      </PageHeader>
      <FilterForm filter={asked.filter} hosts={hosts} />
      <ManyMailboxes
        key={JSON.stringify(asked.filter)}
        rows={rows.map((row) => shown(row, now))}
        matching={matching}
        filter={asked.filter}
        mayRun={platformMay(person.platformRole, "platform.mailbox-run")}
        mayEdit={platformMay(person.platformRole, "platform.mailbox-edit")}
        empty={
          <EmptyState
            title={asked.filtered ? "No mailbox fits" : "No tenant has a mailbox yet"}
            action={asked.filtered && <ButtonLink href="/tenants/mailboxes">Show all mailboxes</ButtonLink>}
          >
            {!asked.filtered && "Mailboxes are added on a tenant’s own page, or with a file."}
          </EmptyState>
        }
      />
      {(asked.after || next) && (
        <nav aria-label="Pages" className="mt-4 flex justify-between gap-2">
          {asked.after ? (
            <ButtonLink href={asked.to()} size="small">
              Back to the first
            </ButtonLink>
          ) : (
            <span />
          )}
          {next && (
            <ButtonLink href={asked.to(next)} size="small">
              More mailboxes
            </ButtonLink>
          )}
        </nav>
      )}
    </>
  );
}

function shown(row: EveryMailbox, now: Date): Row {
  const { slug, tenant, id, name, protocol, host, port, tls, username, pollSeconds, lastPollAt } = row;
  const last = lastPollAt ? `${relativeTime(lastPollAt, now)}, ${resultWords(row)}` : "never";
  return { slug, tenant, id, name, protocol, host, port, tls, username, pollSeconds, last, doing: doing(row, now) };
}
