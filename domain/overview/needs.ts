// What needs a person, the worst first: each a sentence and the one thing that helps. What the headline says isn't said again.
import type { OpenAlert } from "@/domain/alert/store";
import { limitWords } from "@/domain/lane/limit";
import type { Proof } from "@/domain/ledger/proof";
import { holds, type Sum } from "@/domain/ledger/sum";
import { mailWords } from "@/domain/mail-words";
import { importedStopped } from "@/domain/mailbox/stopped";
import type { StuckCounts } from "@/domain/message/groups";
import { announcedWords, type Keeping, keptUntil } from "@/domain/retention/announced";
import { endingCertificates } from "./certificates";
import { type Case, type Flow, type Said, spaceTrouble, workerTrouble } from "./flow";
import { laneTrouble } from "./flow-lane";
import { overdue, troubledMailboxes } from "./flow-mailbox";
import { isNew } from "./setup";

export interface Need extends Said {
  key: string;
}

export interface NeedFacts extends Case {
  flow: Flow;
  /** null: it was proved a short while ago */
  sum: Sum | null;
  proof: Proof;
  stuck: StuckCounts;
  keeping: Keeping;
  alerts: OpenAlert[];
}

const mostMailboxes = 5;

export function needsOf(given: NeedFacts): Need[] {
  const found = [
    ...sumNeed(given),
    ...bytesNeed(given),
    ...standstills(given),
    ...mailboxNeeds(given),
    ...expiry(given),
    ...decisions(given),
    ...certificates(given),
    ...warnings(given),
  ];
  return [...found.filter(({ state }) => state === "stopped"), ...found.filter(({ state }) => state !== "stopped")];
}

function sumNeed({ sum }: NeedFacts): Need[] {
  if (!sum || holds(sum)) return [];
  return [
    {
      key: "sum",
      state: "stopped",
      title: "The sum does not hold: a mail may be missing.",
      detail: `${sum.collected.toLocaleString("en")} were collected. The places below don't add up to that. Tell whoever runs Mailferry at once, and change nothing until it is understood.`,
      remedy: null,
    },
  ];
}

function bytesNeed({ proof }: NeedFacts): Need[] {
  if (proof.wrong === 0) return [];
  return [
    {
      key: "bytes",
      state: "stopped",
      title: `The stored bytes of ${mailWords(proof.wrong)} are not what was collected.`,
      detail:
        "Such a mail is not sent: changed or cut it is held when its turn comes, unreadable it waits and is tried again. Tell whoever runs Mailferry: the bytes can be restored from a backup of the database. Mailferry itself changes nothing, and says so here when all is right again.",
      remedy: { do: "open", page: "queue", label: "Look at the queue" },
    },
  ];
}

function standstills(given: NeedFacts): Need[] {
  const { facts, flow, say, tenant } = given;
  const found: Need[] = [];
  if (flow.cause !== "worker" && flow.cause !== "closed" && !facts.worker.beats)
    found.push({ key: "worker", ...workerTrouble(given) });
  const lane = facts.lane && flow.cause !== "lane" ? laneTrouble(facts.lane, facts.today.waiting, say) : null;
  if (lane && tenant.state === "active") found.push({ key: "lane", ...lane });
  const space = flow.cause !== "space" && flow.cause !== "setup" ? spaceTrouble(given) : null;
  if (space && tenant.state === "active") found.push({ key: "space", ...space });
  return found;
}

function mailboxNeeds({ facts, flow, tenant, say, now }: NeedFacts): Need[] {
  if (flow.cause === "mailboxes" || tenant.state === "closed") return [];
  // Without a worker, or without room, every mailbox is late; that has one cause, said once.
  const polled = facts.worker.beats && !facts.space;
  const imported = facts.mailboxes.filter(importedStopped);
  const others = facts.mailboxes.filter((row) => !imported.includes(row));
  const rows = polled ? others : others.map((row) => ({ ...row, nextPollAt: null }));
  const late = rows.filter((row) => overdue(row, now));
  const several = late.length > 1;
  const punctual = several ? rows.filter((row) => !late.includes(row)) : rows;
  const troubled = troubledMailboxes(punctual, say, now, facts.troubledHosts);
  const needs = troubled.slice(0, mostMailboxes).map(({ id, ...said }): Need => ({ key: `mailbox ${id}`, ...said }));
  const more = troubled.length - needs.length;
  if (imported.length > 0)
    needs.push({
      key: "imported",
      state: "needs",
      title: `${imported.length === 1 ? "1 mailbox is" : `${imported.length} mailboxes are`} stopped since an import.`,
      detail: "Nothing is collected from there before somebody starts it.",
      remedy: { do: "open", page: "mailboxes/stopped", label: "Look and start" },
    });
  if (more > 0)
    needs.push({
      key: "mailboxes",
      state: "stopped",
      title: `${more} more mailboxes are not collected.`,
      detail: "",
      remedy: { do: "open", page: "mailboxes", label: "Look at the mailboxes" },
    });
  if (several)
    needs.push({
      key: "late",
      state: "needs",
      title: `${late.length} mailboxes are due and not polled.`,
      detail: "A worker runs, but has not come to them: there may be too few of them.",
      remedy: { do: "open", page: "mailboxes", label: "Look at the mailboxes" },
    });
  return needs;
}

/** What will go by a setting, unless somebody decides before. */
function expiry({ keeping, tenant, say }: NeedFacts): Need[] {
  if (!keeping.announced || tenant.state === "closed") return [];
  const words = announcedWords(keeping.announced, keeping.badmailDays, say.clock);
  const remedy = { do: "open", page: "badmail", label: "Look at BADMAIL" } as const;
  return [{ key: "expiry", state: "needs", ...words, remedy }];
}

function decisions({ stuck, keeping, tenant }: NeedFacts): Need[] {
  if (tenant.state === "closed") return erasedWithIt(stuck);
  const found: Need[] = [];
  const until = keptUntil(keeping.badmailDays);
  const wait = (n: number) => (n === 1 ? "waits" : "wait");
  if (stuck.badmail > 0)
    found.push({
      key: "badmail",
      state: "needs",
      title: `${mailWords(stuck.badmail)} in BADMAIL ${wait(stuck.badmail)} for your decision.`,
      detail:
        stuck.badmail === 1
          ? `Exchange refused it. It is kept whole ${until}.`
          : `Exchange refused them. They are kept whole ${until}.`,
      remedy: { do: "open", page: "badmail", label: "Look at BADMAIL" },
    });
  if (stuck.held > 0)
    found.push({
      key: "held",
      state: "needs",
      title: `${stuck.held === 1 ? "1 held mail waits" : `${stuck.held.toLocaleString("en")} held mails wait`} for your decision.`,
      detail:
        stuck.held === 1
          ? "Mailferry does not know who gets it, or a rule holds it."
          : "Mailferry does not know who gets them, or a rule holds them.",
      remedy: { do: "open", page: "badmail?show=held", label: "Look at held mail" },
    });
  return found;
}

/** Nobody can decide in a closed tenant: such mail goes with the rest. */
function erasedWithIt({ badmail, held }: StuckCounts): Need[] {
  if (badmail + held === 0) return [];
  const parts = [
    badmail > 0 && `${badmail.toLocaleString("en")} in BADMAIL`,
    held > 0 && `${held.toLocaleString("en")} held`,
  ];
  return [
    {
      key: "erased",
      state: "needs",
      title: `${mailWords(badmail + held)} that nobody decided about will be erased with this tenant: ${parts.filter(Boolean).join(", ")}.`,
      detail: "Nobody can send them again while it is closed. Undo the closing first.",
      remedy: { do: "open", page: "badmail", label: "Look at BADMAIL" },
    },
  ];
}

function certificates({ facts, tenant, say, now }: NeedFacts): Need[] {
  if (tenant.state === "closed") return [];
  const ending = endingCertificates({ ...facts, waiting: facts.today.waiting }, say, now);
  return ending.slice(0, mostMailboxes).map(({ id, ...said }) => ({ key: `certificate ${id}`, ...said }));
}

function warnings({ facts, alerts, say, tenant }: NeedFacts): Need[] {
  const found: Need[] = [];
  const limit = facts.lane && facts.worker.beats ? limitWords(facts.lane) : null;
  if (limit)
    found.push({
      key: "limit",
      state: "needs",
      ...limit,
      remedy: { do: "open", page: "queue", label: "Look at the queue" },
    });
  if (facts.lane?.warning)
    found.push({
      key: "warning",
      state: "needs",
      title: facts.lane.warning,
      detail: "",
      remedy: { do: "open", page: "exchange", label: "Look at Exchange" },
    });
  // Nobody can test in a closed tenant.
  if (tenant.state === "active" && facts.lane?.notifies && !facts.lane.postmasterProved && !isNew(facts))
    found.push({
      key: "postmaster",
      state: "needs",
      title: `Nobody has confirmed yet that notices reach ${facts.lane.postmaster}.`,
      detail:
        "Test the settings and type the code of the mail that arrives there. Until then a notice may be lost without anybody knowing.",
      remedy: { do: "open", page: "exchange", label: "Confirm it by a code", reading: "Look at Exchange" },
    });
  // A lane that is down has its sentence already, and so have a sum that fails and bytes that are wrong.
  for (const alert of alerts.filter(({ kind }) => !["lane", "sum", "bytes"].includes(kind)))
    found.push({
      key: `alert ${alert.id}`,
      state: "needs",
      title: alert.text,
      detail: `Since ${say.clock(alert.raisedAt)}.`,
      remedy: alert.kind === "notice" ? { do: "open", page: "exchange", label: "Look at the postmaster" } : null,
    });
  if (alerts.some(({ nobodyWillBeTold }) => nobodyWillBeTold))
    found.push({
      key: "nobody",
      state: "needs",
      title: "Nobody will be told of this: it stands on this page only.",
      detail:
        "Such news goes by a mail server of the provider's own, and none is set up. Whoever runs Mailferry sets MAILFERRY_SMTP_URL and MAILFERRY_ALERT_TO.",
      remedy: null,
    });
  return found;
}
