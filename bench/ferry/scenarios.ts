// What is carried: each scenario the same mails for every contender, through the same servers.
import { Refusal } from "@/lib/errors";

export interface Scenario {
  id: string;
  what: string;
  /**
   * carry: everything that lies in the mailboxes. idle: nothing lies there, and each mailbox is looked at once. backlog: one
   * company's mails wait for its server, then all others get theirs. portal: carry, while somebody looks at the portal.
   */
  kind: "carry" | "idle" | "backlog" | "portal";
  protocol: "pop3" | "imap";
  mailboxes: number;
  /** mailboxes of one company */
  perCompany: number;
  /** Exchange servers, for the companies in turn */
  servers: number;
  /** the server in the middle takes connections and never answers; what waits for it is not counted */
  silent: boolean;
  /** of all mailboxes together */
  mails: number;
  /** of them, those of the first company, which wait already when the others get theirs */
  backlog: number;
  /** octets of a mail, about */
  size: number;
  /** milliseconds that every octet is under way, between mailbox and contender and between contender and server */
  delayMs: number;
  tls: boolean;
  workers: number;
  /** a contender is set beside itself in this scenario */
  beside: { id: string; of: "seconds" | "seconds a mail" | "p95" } | null;
  /** what takes longer is broken off */
  limitMs: number;
  /** with --quick */
  quick: { mailboxes: number; mails: number };
}

const kb = 1000;
const minute = 60_000;
type Common = Omit<Scenario, "id" | "what" | "quick">;
const plain: Common = {
  ...{ kind: "carry", protocol: "pop3", mailboxes: 1, perCompany: 100, servers: 1, silent: false, mails: 2000 },
  ...{ backlog: 0, size: 10 * kb, delayMs: 0, tls: false, workers: 1, beside: null, limitMs: 30 * minute },
};
const one = (mails: number) => ({ mailboxes: 1, mails });
const idle: Common = { ...plain, kind: "idle", mailboxes: 1000, perCompany: 10, mails: 0 };
const twenty: Common = { ...plain, mailboxes: 20, perCompany: 1, servers: 20, mails: 500, limitMs: 15 * minute };
const tenants: Common = { ...plain, kind: "backlog", mailboxes: 1000, perCompany: 1, workers: 2 };
/** Each company beside the one with a backlog gets so many. */
const fewMails = 2;

export const scenarios: readonly Scenario[] = [
  { ...plain, id: "S1", what: "one mailbox, POP3", quick: one(200) },
  { ...plain, id: "S2", what: "one mailbox, POP3, a slow line", delayMs: 20, quick: one(60) },
  { ...plain, id: "S3", what: "many mailboxes, POP3", mailboxes: 100, quick: { mailboxes: 20, mails: 200 } },
  { ...plain, id: "S4", what: "one mailbox, POP3, large mails", mails: 20, size: 25_000 * kb, quick: one(4) },
  { ...idle, id: "S5", what: "idle mailboxes, POP3, one round", quick: { mailboxes: 200, mails: 0 } },
  {
    ...{ ...idle, id: "S5-far", what: "idle mailboxes, POP3, one round, a slow line", delayMs: 20 },
    quick: { mailboxes: 60, mails: 0 },
  },
  { ...plain, id: "S6", what: "one mailbox, IMAP", protocol: "imap", quick: one(200) },
  { ...plain, id: "S7", what: "one mailbox, POP3, TLS", mails: 500, tls: true, quick: one(100) },
  {
    ...{ ...twenty, id: "S8-all", what: "20 companies, POP3, each with a server" },
    quick: { mailboxes: 20, mails: 100 },
  },
  {
    ...{ ...twenty, id: "S8", what: "the same, and one of the servers never answers: the other 19" },
    ...{ silent: true, beside: { id: "S8-all", of: "seconds" }, quick: { mailboxes: 20, mails: 100 } },
  },
  {
    ...{ ...tenants, id: "S9-alone", what: "many companies, two workers, nothing waits" },
    quick: { mailboxes: 40, mails: 0 },
  },
  {
    ...{ ...tenants, id: "S9", what: "the same, and one company's mails wait already", backlog: 10_000 },
    ...{ beside: { id: "S9-alone", of: "p95" }, quick: { mailboxes: 40, mails: 400 } },
  },
  {
    ...{ ...plain, id: "S10", what: "one large mailbox, POP3", mails: 50_000, size: 2 * kb, quick: one(1000) },
    beside: { id: "S1", of: "seconds a mail" },
  },
  {
    ...{ ...plain, id: "S11", what: "S3 while somebody looks at the portal", kind: "portal", mailboxes: 100 },
    quick: { mailboxes: 20, mails: 200 },
  },
];

export interface SizeWish {
  quick: boolean;
  mails: number | undefined;
  mailboxes: number | undefined;
}

/** Those that were named, all by default, in the sizes that were asked for. `S5` means `S5-far` too. */
export function chosen(ids: string[], wish: SizeWish): Scenario[] {
  const named = ids.map((id) => id.toUpperCase());
  const means = (name: string, { id }: Scenario) => `${id.toUpperCase()}-`.startsWith(`${name}-`);
  const unknown = named.find((name) => !scenarios.some((scenario) => means(name, scenario)));
  if (unknown) throw new Refusal(`There is no scenario ${unknown}: ${scenarios.map(({ id }) => id).join(", ")}.`);
  return scenarios
    .filter((scenario) => named.length === 0 || named.some((name) => means(name, scenario)))
    .map((scenario) => sized(scenario, wish));
}

function sized(scenario: Scenario, { quick, mails, mailboxes }: SizeWish): Scenario {
  const size = quick ? scenario.quick : scenario;
  // Where each company has a server of its own, their number is what the scenario is about.
  const boxes = scenario.mailboxes > 1 && scenario.servers === 1 ? (mailboxes ?? size.mailboxes) : scenario.mailboxes;
  if (scenario.kind === "idle") return { ...scenario, mailboxes: boxes };
  if (scenario.kind === "backlog") {
    const many = Math.max(2, boxes);
    const backlog = scenario.backlog === 0 ? 0 : (mails ?? (quick ? size.mails : scenario.backlog));
    return { ...scenario, mailboxes: many, backlog, mails: backlog + fewMails * (many - 1) };
  }
  return { ...scenario, mailboxes: boxes, mails: Math.max(boxes, mails ?? size.mails) };
}
