// The first steps of a new tenant: what is done, and what comes next.
import type { OverviewFacts } from "./facts";

export interface SetupStep {
  key: "exchange" | "test" | "mailbox" | "first";
  title: string;
  detail: string;
  done: boolean;
  page: string;
  label: string;
}

/** Shown until the first mail was collected. */
export const isNew = (facts: OverviewFacts): boolean =>
  facts.lane === null || facts.mailboxes.length === 0 || facts.today.collectedEver === 0;

export function setupSteps({ lane, mailboxes, tested }: OverviewFacts): SetupStep[] {
  const [box] = mailboxes;
  return [
    {
      key: "exchange",
      title: "Exchange: where the mail goes",
      detail: lane
        ? `${lane.host}:${lane.port}`
        : "The name of your server, its port, and whom to tell when something fails.",
      done: lane !== null,
      page: "exchange",
      label: "Set up Exchange",
    },
    {
      key: "mailbox",
      title: "The first mailbox: where the mail comes from",
      detail: box
        ? `“${box.settings.name}” at ${box.settings.host}${mailboxes.length > 1 ? `, and ${mailboxes.length - 1} more` : ""}`
        : "POP3 or IMAP. You see what would be collected before anything is.",
      done: mailboxes.length > 0,
      page: "mailboxes/new",
      label: "Add a mailbox",
    },
    {
      key: "test",
      title: "Test: one real mail to the postmaster",
      detail: tested
        ? "Exchange took it."
        : "Mailferry sends a notice and a mail like a collected one, and shows the conversation as it happens.",
      done: tested,
      page: "exchange",
      label: "Test settings",
    },
  ];
}
