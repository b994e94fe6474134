// What is carried: each scenario the same mails for every contender, through the same servers.
import { Refusal } from "@/lib/errors";

export interface Scenario {
  id: string;
  what: string;
  protocol: "pop3" | "imap";
  mailboxes: number;
  /** of all mailboxes together */
  mails: number;
  /** octets of a mail, about */
  size: number;
  /** milliseconds that every octet is under way, between mailbox and contender and between contender and server */
  delayMs: number;
  tls: boolean;
  /** with --quick */
  quick: { mailboxes: number; mails: number };
}

const kb = 1000;
const plain = { protocol: "pop3", mailboxes: 1, mails: 2000, size: 10 * kb, delayMs: 0, tls: false } as const;

export const scenarios: readonly Scenario[] = [
  { ...plain, id: "S1", what: "one mailbox, POP3", quick: { mailboxes: 1, mails: 200 } },
  { ...plain, id: "S2", what: "one mailbox, POP3, a slow line", delayMs: 20, quick: { mailboxes: 1, mails: 60 } },
  { ...plain, id: "S3", what: "many mailboxes, POP3", mailboxes: 100, quick: { mailboxes: 20, mails: 200 } },
  {
    ...{ ...plain, id: "S4", what: "one mailbox, POP3, large mails" },
    ...{ mails: 20, size: 25_000 * kb, quick: { mailboxes: 1, mails: 5 } },
  },
  { ...plain, id: "S6", what: "one mailbox, IMAP", protocol: "imap", quick: { mailboxes: 1, mails: 200 } },
  { ...plain, id: "S7", what: "one mailbox, POP3, TLS", mails: 500, tls: true, quick: { mailboxes: 1, mails: 100 } },
];

interface SizeWish {
  quick: boolean;
  mails: number | undefined;
  mailboxes: number | undefined;
}

/** Those that were named, all by default, in the sizes that were asked for. */
export function chosen(ids: string[], wish: SizeWish): Scenario[] {
  const named = ids.map((id) => id.toUpperCase());
  const unknown = named.find((id) => !scenarios.some((one) => one.id === id));
  if (unknown) throw new Refusal(`There is no scenario ${unknown}: ${scenarios.map(({ id }) => id).join(", ")}.`);
  return scenarios
    .filter(({ id }) => named.length === 0 || named.includes(id))
    .map((scenario) => sized(scenario, wish));
}

function sized(scenario: Scenario, { quick, mails, mailboxes }: SizeWish): Scenario {
  const size = quick ? scenario.quick : scenario;
  const boxes = scenario.mailboxes > 1 ? (mailboxes ?? size.mailboxes) : 1;
  return { ...scenario, mailboxes: boxes, mails: Math.max(boxes, mails ?? size.mails) };
}

export const usersOf = ({ mailboxes }: Scenario): string[] =>
  Array.from({ length: mailboxes }, (_, n) => `box${n + 1}`);

export const addressOf = (user: string): string => `${user}@contoso.example`;
