// One mailbox: how it is doing, its settings and test, what was left out, what could not be collected.
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { enterTenant } from "@/app/_server/scope";
import { KeepFresh } from "@/app/_ui/keep-fresh";
import { PageHeader } from "@/app/_ui/page";
import { Banner } from "@/app/_ui/state";
import { relativeTime, shortTime } from "@/app/_ui/time";
import { may } from "@/domain/access";
import { readExchange } from "@/domain/exchange/store";
import { nothingToDo, type ProviderTrouble, providerTrouble, troubledHosts } from "@/domain/mailbox/incident-seen";
import { type MailboxRow, readMailbox } from "@/domain/mailbox/store";
import { listLeftOut } from "@/domain/mailbox/store-run";
import { LeftOutList } from "../late-left-out-list";
import { RemoveMailbox } from "../late-remove-mailbox";
import { MailboxForm } from "../mailbox-form";
import { RowButtons } from "../row-buttons";
import { doing, notCollected, resultWords } from "../state-words";
import { todayIn } from "../today";

export const metadata: Metadata = { title: "Mailbox" };

export default async function MailboxPage({ params }: { params: Promise<{ tenant: string; id: string }> }) {
  const { tenant: slug, id } = await params;
  const { scope, role, tenant, now } = await enterTenant(slug, "mailbox.read");
  const row = await readMailbox(scope, id);
  if (!row) notFound();
  const open = tenant.state === "active";
  const zone = tenant.timeZone;
  const mayRun = open && may(role, "mailbox.run");
  const skipped = row.counts.skipped > 0 ? await listLeftOut(scope, id, "skipped") : [];
  const bad = row.counts.bad > 0 ? await listLeftOut(scope, id, "bad") : [];
  const clock = (at: Date) => shortTime(at, zone, now);
  const provider = providerTrouble(row, await troubledHosts(scope), clock, now);
  const { state, title, more } = open ? bannerWords(row, provider, now) : closedWords;
  const summary = pollWords(open ? row : { ...row, nextPollAt: null }, zone, now);
  return (
    <>
      <PageHeader title={row.settings.name}>
        {row.settings.protocol.toUpperCase()} mailbox {row.settings.username} at {row.settings.host}. Times in {zone}.
      </PageHeader>
      <div className="mb-8 grid gap-3">
        <Banner
          state={state}
          title={title}
          action={mayRun && <RowButtons slug={slug} id={id} name={row.settings.name} state={row.state} />}
        >
          {more}
          {summary}
          {row.lastReply && <span className="mt-1 block font-mono text-[12px]">{row.lastReply}</span>}
        </Banner>
      </div>
      <MailboxForm
        slug={slug}
        mailbox={{ id, settings: row.settings, version: row.version, hasPassword: row.hasPassword }}
        defaults={row.settings}
        postmaster={(await readExchange(scope))?.settings.postmaster ?? null}
        zone={zone}
        now={now}
        today={todayIn(zone, now)}
        mayEdit={open && may(role, "mailbox.edit")}
        mayTest={open && may(role, "mailbox.test-saved")}
        closed={!open}
      />
      <LeftOutList
        kind="bad"
        slug={slug}
        id={id}
        rows={bad}
        total={row.counts.bad}
        zone={zone}
        now={now}
        mayRun={mayRun}
      />
      <LeftOutList
        kind="skipped"
        slug={slug}
        id={id}
        rows={skipped}
        total={row.counts.skipped}
        zone={zone}
        now={now}
        mayRun={mayRun}
      />
      <KeepFresh on={["mailbox", "settings"]} />
      {open && may(role, "mailbox.edit") && <RemoveMailbox slug={slug} id={id} name={row.settings.name} />}
    </>
  );
}

const closedWords = { state: notCollected.state, title: "Not collected: this tenant is closed.", more: "" };

/** The sentence first, where there is one; else the word is the sentence. */
function bannerWords(row: MailboxRow, provider: ProviderTrouble | null, now: Date) {
  const { state, word, sentence } = doing(row, now, provider);
  const said = `${word.charAt(0).toUpperCase()}${word.slice(1)}.`;
  if (provider?.quiet) return { state, title: provider.sentence, more: `${nothingToDo} ` };
  return { state, title: sentence ?? said, more: sentence ? `${said} ` : "" };
}

function pollWords(row: MailboxRow, zone: string, now: Date): string {
  if (!row.lastPollAt) return row.nextPollAt ? "The first poll is due now." : "";
  const last = `Last poll at ${shortTime(row.lastPollAt, zone, now)}: ${resultWords(row)}.`;
  const next = row.nextPollAt
    ? row.nextPollAt <= now
      ? " The next is due now."
      : ` The next is ${relativeTime(row.nextPollAt, now)}.`
    : "";
  return last + next;
}
