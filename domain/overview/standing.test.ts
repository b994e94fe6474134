// What one look at a tenant says, in every case: the state, the worst cause first, its words and the page that helps.
import { expect, it } from "vitest";
import { standpointOf } from "./standing";
import type { LaneSeen, TenantSeen, TroubleSeen } from "./tenants";

const now = new Date("2026-11-26T13:00:00Z");
const before = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const lane: LaneSeen = {
  host: "mail.contoso.example",
  port: 25,
  state: "closed",
  reason: null,
  since: before(600),
  nextTryAt: null,
  pacePerMinute: null,
  warning: null,
  certificateChanged: false,
};
const well: TenantSeen = {
  id: "t",
  slug: "contoso",
  name: "Contoso",
  site: "main",
  timeZone: "Europe/Berlin",
  state: "active",
  closedAt: null,
  role: "viewer",
  served: true,
  workerSeen: before(0),
  noRoomSince: null,
  collectedEver: true,
  lastHour: 12,
  waiting: 0,
  held: 0,
  badmail: 0,
  oldestWaiting: null,
  newestHeld: null,
  newestBadmail: null,
  lane,
  mailboxes: 10,
  paused: 0,
  lastCollected: before(2),
  troubled: [],
  late: 0,
  lateSince: null,
  certificates: [],
};
const trouble = (kind: TroubleSeen["kind"], n = 1): TroubleSeen => ({
  kind,
  n,
  since: before(90),
  name: "info",
  mailbox: "m1",
  host: "pop.provider.example",
});

it.each<[string, Partial<TenantSeen>, string, string]>([
  ["well", {}, "flowing", "Flowing"],
  ["mail on its way", { waiting: 3, oldestWaiting: before(1) }, "flowing", "Flowing; 3 mails on the way"],
  ["set up, and nothing came", { collectedEver: false }, "flowing", "Ready; no mail has come yet"],
  ["no server", { lane: null, served: false, mailboxes: 0 }, "new", "No Exchange server yet"],
  ["no mailbox", { mailboxes: 0 }, "new", "No mailbox is set up yet"],
  ["closed, with mail", { state: "closed", waiting: 1, badmail: 4 }, "closed", "Closed; 1 mail still waiting"],
])("%s: %o is %s", (_case, facts, standing, words) => {
  expect(standpointOf({ ...well, ...facts }, now)).toEqual({ standing, words, causes: [] });
});

it.each<[string, Partial<TenantSeen>, string, string[], string]>([
  [
    "no worker",
    { served: false, late: 3 },
    "stopped",
    ["No worker runs for it: nothing is collected or delivered"],
    "",
  ],
  [
    "no room",
    { noRoomSince: before(9), late: 3 },
    "stopped",
    ["Collecting is paused: the database is nearly full"],
    "",
  ],
  [
    "a server that is away",
    { lane: { ...lane, state: "open", reason: "Exchange did not answer." }, waiting: 31 },
    "stopped",
    ["Exchange did not answer; 31 mails wait"],
    "exchange",
  ],
  [
    "a paused server",
    { lane: { ...lane, state: "paused" }, waiting: 1 },
    "stopped",
    ["Delivery to mail.contoso.example is paused; 1 mail waits"],
    "exchange",
  ],
  [
    "one sign-in of ten",
    { troubled: [trouble("sign-in")] },
    "needs",
    ["The sign-in to “info” is refused"],
    "mailboxes/m1",
  ],
  [
    "several sign-ins",
    { troubled: [trouble("sign-in", 3)] },
    "needs",
    ["3 sign-ins are refused, “info” for longest"],
    "mailboxes",
  ],
  [
    "the only mailbox",
    { mailboxes: 1, troubled: [trouble("stopped")] },
    "stopped",
    ["Mailbox “info” is stopped"],
    "mailboxes/m1",
  ],
  [
    "all that aren't paused",
    { mailboxes: 3, paused: 2, troubled: [trouble("unreachable")] },
    "stopped",
    ["Mailbox “info” can’t be collected"],
    "mailboxes/m1",
  ],
  [
    "a provider's trouble",
    { troubled: [trouble("provider", 2)] },
    "slow",
    ["2 mailboxes wait for their provider, pop.provider.example"],
    "mailboxes",
  ],
  ["all paused", { paused: 10 }, "needs", ["All mailboxes are paused"], "mailboxes"],
  ["late", { late: 2, lateSince: before(20) }, "slow", ["2 mailboxes are due and not polled"], "mailboxes"],
  [
    "decisions",
    { held: 1, badmail: 11, newestBadmail: before(3), newestHeld: before(5) },
    "needs",
    ["11 mails in BADMAIL", "1 mail held"],
    "badmail",
  ],
  ["waits long", { waiting: 40, oldestWaiting: before(16) }, "slow", ["40 mails wait"], "queue"],
  [
    "a server's pace",
    { waiting: 40, oldestWaiting: before(16), lane: { ...lane, pacePerMinute: 5 } },
    "slow",
    ["40 mails wait; mail.contoso.example takes 5 a minute"],
    "queue",
  ],
  [
    "a certificate that ends",
    {
      certificates: [{ at: "server", id: "e", name: "mail.contoso.example", until: new Date("2026-11-30T23:30:00Z") }],
    },
    "needs",
    ["The certificate of mail.contoso.example ends on 1 Dec"],
    "exchange",
  ],
  [
    "one that ended",
    { certificates: [{ at: "mailbox", id: "m2", name: "sales", until: before(60) }] },
    "needs",
    ["The certificate at mailbox “sales” ended on 26 Nov"],
    "mailboxes/m2",
  ],
  [
    "the worst first",
    {
      lane: { ...lane, state: "open", reason: "Exchange did not answer", warning: "It offers no StartTLS any more." },
      troubled: [trouble("sign-in")],
      badmail: 1,
      late: 1,
    },
    "stopped",
    [
      "Exchange did not answer",
      "The sign-in to “info” is refused",
      "1 mail in BADMAIL",
      "It offers no StartTLS any more",
      "1 mailbox is due and not polled",
    ],
    "exchange",
  ],
])("%s: %o is %s", (_case, facts, standing, words, page) => {
  const found = standpointOf({ ...well, ...facts }, now);
  expect([found.standing, found.causes.map((cause) => cause.words), found.causes[0]?.page]).toEqual([
    standing,
    words,
    page,
  ]);
});

it("says since when: of a standstill its begin, of decisions the newest", () => {
  const since = (facts: Partial<TenantSeen>) => standpointOf({ ...well, ...facts }, now).causes[0]?.at;
  expect(since({ lane: { ...lane, state: "open", since: before(7) } })).toEqual(before(7));
  expect(since({ troubled: [trouble("sign-in")] })).toEqual(before(90));
  expect(since({ badmail: 3, newestBadmail: before(4) })).toEqual(before(4));
});
