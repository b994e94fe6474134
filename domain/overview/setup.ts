// The first steps of a new tenant: what is done, and what comes next. Nothing but what is saved says so: a step can be left
// and come back to, and one that was skipped stays undone.
import { setUpStep } from "@/domain/mailbox/setting-up";
import type { MailboxRow } from "@/domain/mailbox/store";
import type { OverviewFacts } from "./facts";

export interface SetupStep {
  key: "exchange" | "mailbox" | "recipients" | "collect";
  /** a word for it */
  name: string;
  title: string;
  detail: string;
  done: boolean;
  /** decided and stored, whether or not it has proved to work */
  saved: boolean;
  /** gone past, though a later step is done */
  skipped: boolean;
  page: string;
  /** the button's; null: nothing is left to do here, it only has to work */
  label: string | null;
  /** another page that helps with it */
  more?: { page: string; label: string };
}

export type SetupFacts = Pick<OverviewFacts, "lane" | "mailboxes" | "tested" | "testFailed" | "signsIn">;

/** Shown until the first mail was collected. */
export const isNew = (facts: OverviewFacts): boolean =>
  facts.lane === null || facts.mailboxes.length === 0 || facts.today.collectedEver === 0;

/** The mailbox that the steps are about: one that is not set up to its end, else one that works, else the first. */
export const firstMailbox = (mailboxes: MailboxRow[]): MailboxRow | null =>
  mailboxes.find(setUpStep) ?? mailboxes.find(wasListed) ?? mailboxes[0] ?? null;

export function setupSteps(facts: SetupFacts): SetupStep[] {
  const box = firstMailbox(facts.mailboxes);
  return [exchange(facts), mailbox(facts, box), recipients(box), collect(box)];
}

function exchange({ lane, tested, testFailed }: SetupFacts): SetupStep {
  const took = lane !== null && tested && !testFailed;
  const unproved = took && !lane.postmasterProved ? " Whether mail reaches the postmaster is not confirmed yet." : "";
  const detail = !lane
    ? "The name of your server, and whom to tell when something fails. A test shows the conversation as it happens."
    : took
      ? `${lane.host}:${lane.port} takes mail.${unproved}`
      : testFailed
        ? `${lane.host}:${lane.port}. Its last test failed, and it has taken no mail yet.`
        : `${lane.host}:${lane.port} is saved and not tested yet.`;
  return {
    key: "exchange",
    name: "Exchange",
    title: "Exchange: where the mail goes",
    detail,
    done: took,
    saved: lane !== null,
    skipped: false,
    page: "setup/exchange",
    label: !lane ? "Set up Exchange" : testFailed ? "Look at the settings" : "Test settings",
    more: { page: "exchange/prepare", label: "Prepare Exchange for it, with commands filled in" },
  };
}

function mailbox({ mailboxes: all, signsIn }: SetupFacts, box: MailboxRow | null): SetupStep {
  const works = box !== null && (wasListed(box) || signsIn.has(box.id));
  return {
    key: "mailbox",
    name: "Mailbox",
    title: "The first mailbox: where the mail comes from",
    detail: box
      ? `“${box.settings.name}” at ${box.settings.host}${all.length > 1 ? `, and ${all.length - 1} more` : ""}${works ? "" : ". No look into it has succeeded yet."}`
      : "POP3 or IMAP. You see what would be collected before anything is.",
    done: works,
    saved: box !== null,
    skipped: false,
    page: "setup/mailbox",
    label: box ? "Look at the mailbox" : "Add a mailbox",
  };
}

function recipients(box: MailboxRow | null): SetupStep {
  const skipped = box?.recipientsSkipped ?? false;
  const decided = box !== null && setUpStep(box) !== "recipients" && !skipped;
  return {
    key: "recipients",
    name: "Recipients",
    title: "Recipients: who gets the mail",
    detail: box
      ? `${skipped ? "Skipped, so it is as it was saved: " : ""}${recipientWords(box)}`
      : "One person, or whoever each mail was sent to. Shown on the newest mails.",
    done: decided,
    saved: decided,
    skipped,
    page: "setup/recipients",
    label: "Say who gets the mail",
  };
}

function recipientWords({ settings: { recipients } }: MailboxRow): string {
  if (recipients.mode === "single") return `All of it goes to ${recipients.address}.`;
  const nobody = recipients.nobody === "hold" ? "is held" : `goes to ${recipients.nobody}`;
  return `Whoever each mail was sent to at ${recipients.domains.join(", ")}; mail for nobody ${nobody}.`;
}

function collect(box: MailboxRow | null): SetupStep {
  const started = box !== null && setUpStep(box) === null;
  return {
    key: "collect",
    name: "Collecting",
    title: "Collecting: which mail, and what stays at the provider",
    detail: !started
      ? "All of it, only what is new, or since a day. Nothing is collected before you start it."
      : wasListed(box)
        ? `“${box.settings.name}” is collected.`
        : `“${box.settings.name}” is started. ${box.lastResult === null ? "It was not looked into yet." : "No look into it has succeeded yet."}`,
    done: started && wasListed(box),
    saved: started,
    skipped: false,
    page: "setup/collect",
    label: started ? null : "Start collecting",
  };
}

/** Its mails were listed once at least: name, password and folder are right. */
const wasListed = ({ listed, lastResult }: MailboxRow): boolean =>
  listed !== null || lastResult === "ok" || lastResult === "nothing-new" || lastResult === "partial";
