// The first steps of a new tenant: what is done, and what comes next.
import type { MailboxRow } from "@/domain/mailbox/store";
import type { OverviewFacts } from "./facts";

export interface SetupStep {
  key: "exchange" | "test" | "mailbox" | "first";
  title: string;
  detail: string;
  done: boolean;
  page: string;
  label: string;
  /** another page that helps with it */
  more?: { page: string; label: string };
}

/** Shown until the first mail was collected. */
export const isNew = (facts: OverviewFacts): boolean =>
  facts.lane === null || facts.mailboxes.length === 0 || facts.today.collectedEver === 0;

export function setupSteps({ lane, mailboxes, tested, testFailed }: OverviewFacts): SetupStep[] {
  const good = mailboxes.find(wasListed);
  const box = good ?? mailboxes[0];
  const took = tested && !testFailed;
  return [
    {
      key: "exchange",
      title: "Exchange: where the mail goes",
      detail: lane
        ? `${lane.host}:${lane.port}${testFailed ? ". Its last test failed, and it has taken no mail yet." : ""}`
        : "The name of your server, its port, and whom to tell when something fails.",
      done: lane !== null && !testFailed,
      page: "exchange",
      label: lane ? "Look at the settings" : "Set up Exchange",
    },
    {
      key: "mailbox",
      title: "The first mailbox: where the mail comes from",
      detail: box
        ? `“${box.settings.name}” at ${box.settings.host}${mailboxes.length > 1 ? `, and ${mailboxes.length - 1} more` : ""}${good ? "" : ". No look into it has succeeded yet."}`
        : "POP3 or IMAP. You see what would be collected before anything is.",
      done: good !== undefined,
      page: box ? `mailboxes/${box.id}` : "mailboxes/new",
      label: box ? "Look at the mailbox" : "Add a mailbox",
    },
    {
      key: "test",
      title: "Test: two mails to the postmaster",
      detail: took
        ? "Exchange takes mail."
        : "Mailferry sends a mail like a notice and one like a collected mail, and shows the conversation as it happens.",
      done: took,
      page: "exchange",
      label: "Test settings",
      more: { page: "exchange/prepare", label: "Prepare Exchange for it, with commands filled in" },
    },
  ];
}

/** Its mails were listed once at least: name, password and folder are right. */
const wasListed = ({ listed, lastResult }: MailboxRow): boolean =>
  listed !== null || lastResult === "ok" || lastResult === "nothing-new" || lastResult === "partial";
