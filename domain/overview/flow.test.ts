// The sentence of the overview in every case, and what stands below it.
import { expect, test } from "vitest";
import { unproved } from "@/domain/ledger/proof";
import { mailboxFields } from "@/domain/mailbox/schema";
import type { MailboxRow } from "@/domain/mailbox/store";
import type { LaneFacts, OverviewFacts } from "./facts";
import { type Case, flowOf } from "./flow";
import { needsOf } from "./needs";
import { isNew, setupSteps } from "./setup";

const now = new Date("2026-11-24T13:00:00Z");
const say = {
  clock: (at: Date) => at.toISOString().slice(11, 16),
  ago: (at: Date) => `${(now.getTime() - at.getTime()) / 1000} seconds ago`,
};
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const lane: LaneFacts = {
  exchangeId: "e",
  host: "mail.contoso.example",
  port: 25,
  maxConnections: 5,
  state: "closed",
  reasonKind: null,
  reason: null,
  since: before(600),
  nextTryAt: null,
  certificateChanged: false,
  certificateEnds: null,
  pacePerMinute: null,
  cap: null,
  warning: null,
  postmaster: "postmaster@contoso.example",
  notifies: true,
  postmasterProved: true,
  connections: 1,
  answerAwaitedSince: null,
};
const settings = mailboxFields.parse({
  name: "info",
  paused: false,
  protocol: "pop3",
  host: "pop.provider.example",
  port: 995,
  tls: "implicit",
  certificate: "system",
  username: "info",
  folder: "INBOX",
  pollSeconds: 300,
  timeoutSeconds: 180,
  maxPerPoll: 200,
  start: "all",
  rerouteUnknownTo: "",
  after: "delete",
  keepDays: 7,
  renumberLimit: 500,
  recipients: { mode: "single", address: "info@contoso.example" },
});
const box = (name: string, row: Partial<MailboxRow> = {}): MailboxRow => ({
  id: name,
  settings: { ...settings, name },
  hasPassword: true,
  version: 1,
  updatedAt: before(0),
  updatedBy: "",
  state: "active",
  reasonKind: null,
  reason: null,
  collecting: false,
  lastPollAt: before(120),
  lastResult: "ok",
  lastError: null,
  lastReply: null,
  lastNew: 3,
  nextPollAt: new Date(now.getTime() + 180_000),
  failingSince: null,
  failures: 0,
  workedAt: before(86_400),
  listed: null,
  listedBytes: null,
  certificate: null,
  recipientsSkipped: false,
  counts: { stored: 0, skipped: 0, bad: 0 },
  ...row,
});
const well: OverviewFacts = {
  worker: { beats: true, name: "ferry-1", lastBeat: before(3), site: "main" },
  space: null,
  lane,
  mailboxes: [box("info")],
  troubledHosts: new Map(),
  today: { accepted: 412, lastAccepted: before(40), waiting: 0, oldestWaiting: null, collectedEver: 500 },
  tested: true,
  testFailed: false,
  took: true,
  signsIn: new Set(),
};
const given = (facts: Partial<OverviewFacts> = {}, state: "active" | "closed" = "active"): Case => ({
  facts: { ...well, ...facts },
  tenant: { state },
  now,
  say,
});
const refused = { lastResult: "refused", failingSince: before(3600), lastError: "Wrong password." } as const;
const waiting = { ...well.today, waiting: 31 };

test.each<[string, Case, string, RegExp]>([
  ["all well", given(), "flowing", /^Mail is flowing\. 412 accepted by Exchange today, the last one 40 seconds ago\.$/],
  [
    "one today",
    given({ today: { ...well.today, accepted: 1 } }),
    "flowing",
    /flowing\. 1 accepted by Exchange today, 40/,
  ],
  [
    "none today",
    given({ today: { ...well.today, accepted: 0 } }),
    "flowing",
    /None accepted by Exchange today, the last one 12:59/,
  ],
  [
    "never any",
    given({ took: false, today: { ...well.today, accepted: 0, lastAccepted: null, collectedEver: 0 } }),
    "idle",
    /All is ready.*None has come/,
  ],
  [
    "none that is still known, after retention",
    given({ today: { ...well.today, accepted: 0, lastAccepted: null } }),
    "flowing",
    /^All works, and nothing waits\. .*still keeps a record of\.$/,
  ],
  [
    "the first ones",
    given({ took: false, today: { ...waiting, accepted: 0, lastAccepted: null } }),
    "idle",
    /on its way to Exchange\. 31 mails wait to be delivered; none was accepted before\.$/,
  ],
  [
    "more of them, after retention",
    given({ today: { ...waiting, accepted: 0, lastAccepted: null } }),
    "flowing",
    /on its way to Exchange\. 31 mails wait to be delivered\.$/,
  ],
  [
    "all of the first ones refused",
    given({ took: false, today: { ...well.today, accepted: 0, lastAccepted: null } }),
    "idle",
    /^Nothing waits\. Exchange has accepted none/,
  ],
  [
    "no worker",
    given({ worker: { ...well.worker, beats: false }, today: waiting }),
    "stopped",
    /stands still: no worker runs\. ferry-1 was last seen at 12:59\. 31 mails wait\..*npm run worker/,
  ],
  [
    "no worker of the site",
    given({ worker: { beats: false, name: null, lastBeat: null, site: "berlin" } }),
    "stopped",
    /None has been seen.*MAILFERRY_SITES=berlin/,
  ],
  [
    "no room in the database",
    given({ space: { since: before(1800), seen: "the disk of /data has 0.9 GB left" }, today: waiting }),
    "stopped",
    /^Collecting is paused: .* nearly full\. Since 12:30 new mail waits at the providers, nothing is lost\. 31 mails wait here and still go to Exchange\./,
  ],
  [
    "lane stopped",
    given({
      lane: {
        ...lane,
        state: "open",
        reason: "Exchange did not answer for 4 minutes.",
        nextTryAt: new Date("2026-11-24T13:12:00Z"),
      },
      today: waiting,
    }),
    "stopped",
    /^Exchange did not answer for 4 minutes\. Stopped since 12:50\. 31 mails wait; the next try is at 13:12\.$/,
  ],
  [
    "lane tried",
    given({ lane: { ...lane, state: "half-open", reason: "It hung up." } }),
    "needs",
    /being tried right now\. It took no mail since 12:50\. It hung up\. No mail waits\.$/,
  ],
  [
    "lane paused",
    given({ lane: { ...lane, state: "paused", reason: "Olaf paused it: a new server" } }),
    "needs",
    /paused\. Olaf paused it: a new server\. Since 12:50; no mail waits\.$/,
  ],
  [
    "one of two mailboxes",
    given({ mailboxes: [box("info"), box("sales", refused)] }),
    "needs",
    /flowing, but 1 of 2 mailboxes is not collected\. 412/,
  ],
  [
    "its only mailbox",
    given({ mailboxes: [box("sales", refused)] }),
    "stopped",
    /^Nothing is collected\. The sign-in to mailbox “sales” is refused since 12:00\. Wrong password\./,
  ],
  [
    "no mailbox of two",
    given({ mailboxes: [box("a", refused), box("b", { state: "stopped", reason: "Many." })] }),
    "stopped",
    /none of 2 mailboxes/,
  ],
  [
    "a mailbox that is late",
    given({ mailboxes: [box("info", { nextPollAt: before(301) })] }),
    "needs",
    /“info” is due and not polled/,
  ],
  [
    "late, but being collected",
    given({ mailboxes: [box("info", { nextPollAt: before(900), collecting: true })] }),
    "flowing",
    /flowing/,
  ],
  [
    "all paused",
    given({ mailboxes: [box("info", { state: "paused", nextPollAt: null })] }),
    "needs",
    /Nothing is collected: the mailbox is paused/,
  ],
  [
    "one paused beside one that works",
    given({ mailboxes: [box("info"), box("b", { state: "paused", nextPollAt: null })] }),
    "flowing",
    /^Mail is flowing\./,
  ],
  ["closed", given({ today: waiting }, "closed"), "idle", /closed\..*31 mails wait and still go to Exchange/],
  ["never set up", given({ lane: null, mailboxes: [] }), "idle", /does not flow yet\. There is no Exchange server/],
  ["no mailbox yet", given({ mailboxes: [] }), "idle", /no mailbox to collect from/],
])("%s", (_name, one, state, words) => {
  const flow = flowOf(one);
  expect(flow.state).toBe(state);
  expect(`${flow.title} ${flow.detail}`).toMatch(words);
});

const calm = {
  sum: { collected: 1, waiting: 0, held: 0, badmail: 0, expired: 0, deleted: 0, discarded: 0, delivered: 1, merged: 0 },
  proof: { ...unproved, provedAt: before(300), bodies: 1 },
  stuck: { badmail: 0, held: 0, alsoWaiting: 0, copies: 0 },
  keeping: { deliveredHours: 72, badmailDays: 0, announced: null },
  alerts: [],
};
const needs = (one: Case, more: Partial<Parameters<typeof needsOf>[0]> = {}) =>
  needsOf({ ...one, flow: flowOf(one), ...calm, ...more });

test("nothing needs a person when all is well, and the headline's own cause isn't said twice", () => {
  expect(needs(given())).toEqual([]);
  expect(needs(given({ lane: { ...lane, state: "open", reason: "Down." } }))).toEqual([]);
  expect(needs(given({ mailboxes: [box("sales", refused)] }))).toEqual([]);
  expect(
    needs(given({ worker: { ...well.worker, beats: false }, mailboxes: [box("a", { nextPollAt: before(900) })] })),
  ).toEqual([]);
});

test("what stands still comes before what waits; each has its one button", () => {
  const one = given({
    mailboxes: [box("info"), box("sales", refused)],
    lane: { ...lane, warning: "Another certificate." },
  });
  const alert = {
    id: "1",
    kind: "notice",
    tenantId: "t",
    text: "A notice was refused.",
    raisedAt: before(60),
    toldAt: null,
  };
  const found = needs(one, {
    sum: { ...calm.sum, collected: 2 },
    stuck: { badmail: 12, held: 1, alsoWaiting: 0, copies: 0 },
    alerts: [{ ...alert, failure: "not configured", nobodyWillBeTold: true }],
  });
  expect(found.map(({ key }) => key)).toEqual([
    "sum",
    "mailbox sales",
    "badmail",
    "held",
    "warning",
    "alert 1",
    "nobody",
  ]);
  expect(found[1]?.remedy).toMatchObject({ page: "mailboxes/sales", label: "Give the password again" });
  expect(found[2]?.title).toBe("12 mails in BADMAIL wait for your decision.");
  expect(found[3]?.title).toBe("1 held mail waits for your decision.");
  expect(found.at(-1)?.detail).toMatch(/MAILFERRY_SMTP_URL/);
});

test("a limit of the server's is said with its rate, while mail flows; not where the lane stands", () => {
  const slow = { ...lane, pacePerMinute: 24, reasonKind: "pace", reason: "Raise -MessageRateLimit." };
  expect(flowOf(given({ lane: slow })).title).toBe("Mail is flowing.");
  expect(needs(given({ lane: slow }))).toMatchObject(
    [{ key: "limit", state: "needs", title: /at 24 mails a minute/, detail: /-MessageRateLimit/ }].map((need) => ({
      ...need,
      title: expect.stringMatching(need.title),
      detail: expect.stringMatching(need.detail),
    })),
  );
  expect(needs(given({ lane: { ...slow, state: "open" } })).map(({ key }) => key)).toEqual([]);
});

test("a provider's trouble: nothing to do for an hour, then one's own fault with a word that others have it too", () => {
  const boxes = [box("info"), box("sales", refused)];
  const since = (minutes: number) => ({
    mailboxes: boxes,
    troubledHosts: new Map([["pop.provider.example", before(minutes * 60)]]),
  });
  const [quiet] = needs(given(since(10)));
  expect(quiet?.title).toMatch(
    /“sales” waits for its provider: pop\.provider\.example has trouble with many of its customers/,
  );
  expect(quiet?.detail).toMatch(/There is nothing for you to do/);
  // A password that never worked may be a wrong one, whatever goes on there.
  boxes[1] = box("sales", { ...refused, workedAt: null });
  expect(needs(given(since(10)))[0]).toMatchObject({
    title: expect.stringMatching(/sign-in to mailbox “sales” is refused/),
    detail: expect.stringMatching(/Wrong password\. pop\.provider\.example has trouble .* So the fault is probably/),
  });
  boxes[1] = box("sales", refused);
  const [later] = needs(given(since(61)));
  expect(later?.title).toMatch(/sign-in to mailbox “sales” is refused/);
  expect(later?.detail).toMatch(/Wrong password\. pop\.provider\.example has trouble with many of its customers/);
});

test("what is announced to go is said with number and day, but not in a closed tenant, where all will go", () => {
  const announced = { mails: 2, toldAt: before(3600), goesAt: new Date("2026-12-01T12:00:00Z"), upTo: before(0) };
  const keeping = { deliveredHours: 72, badmailDays: 30, announced };
  const stuck = { badmail: 2, held: 1, alsoWaiting: 0, copies: 0 };
  const open = needs(given(), { keeping, stuck });
  expect(open.map(({ key }) => key)).toEqual(["expiry", "badmail", "held"]);
  expect(open[0]?.title).toBe("2 mails in BADMAIL and held are removed after 12:00.");
  expect(open[1]?.detail).toMatch(/until a person decides, or for 30 days, as the settings say/);
  expect(needs(given({}, "closed"), { keeping, stuck })).toMatchObject([
    {
      key: "erased",
      title: "3 mails that nobody decided about will be erased with this tenant: 2 in BADMAIL, 1 held.",
    },
  ]);
});

test("wrong bytes are said once, with their number and what to do; the alert about them is not said again", () => {
  const alert = { id: "1", kind: "bytes", tenantId: "t", text: "x", raisedAt: before(60), toldAt: before(30) };
  const found = needs(given(), {
    proof: { ...calm.proof, wrong: 2 },
    alerts: [{ ...alert, failure: null, nobodyWillBeTold: false }],
  });
  expect(found).toMatchObject([{ key: "bytes", state: "stopped", remedy: { page: "queue" } }]);
  expect(`${found[0]?.title} ${found[0]?.detail}`).toMatch(
    /^The stored bytes of 2 mails .* Such a mail is not sent: changed or cut it is held .*, unreadable it waits and is tried again\./,
  );
});

test("a server that is down is told even where no worker runs; a changed certificate leads to both", () => {
  const one = given({
    worker: { ...well.worker, beats: false },
    lane: { ...lane, state: "open", certificateChanged: true },
  });
  expect(needs(one)).toMatchObject([{ key: "lane", remedy: { do: "open", page: "exchange" } }]);
});

test("collecting that is paused for all is said once: beside a server that is down, and not of each mailbox that is late", () => {
  const space = { since: before(1800), seen: "the disk of /data has 0.9 GB left" };
  const late = [box("a", { nextPollAt: before(900) }), box("b", { nextPollAt: before(900) })];
  expect(needs(given({ space, mailboxes: late }))).toEqual([]);
  const down = given({ space, mailboxes: late, lane: { ...lane, state: "open", reason: "Down." } });
  expect(needs(down)).toMatchObject([{ key: "space", state: "stopped" }]);
  expect(needs(given({ space }, "closed"))).toEqual([]);
  // How full whose disk is concerns the people of the platform only.
  expect(JSON.stringify([flowOf(given({ space })), needs(down)])).not.toContain("/data");
});

test("certificates that are checked and end within two weeks are told, pinned and later ones are not", () => {
  const until = (days: number) => ({ validTo: new Date(now.getTime() + days * 86_400_000).toISOString() });
  const pinned = box("pinned", { certificate: until(1) });
  const found = needs(
    given({
      lane: { ...lane, certificateEnds: new Date(now.getTime() + 86_400_000) },
      mailboxes: [
        box("soon", { certificate: until(13) }),
        box("ended", { certificate: until(-1) }),
        box("later", { certificate: until(15) }),
        box("paused", { certificate: until(1), state: "paused" }),
        { ...pinned, settings: { ...pinned.settings, certificate: "sha256:00" } },
        box("unknown", { certificate: { validTo: "" } }),
      ],
    }),
  );
  expect(found.map(({ key, title }) => [key, title])).toEqual([
    ["certificate server", "The certificate of mail.contoso.example ends at 13:00."],
    ["certificate soon", "The certificate of pop.provider.example, where mailbox “soon” is collected, ends at 13:00."],
    [
      "certificate ended",
      "The certificate of pop.provider.example, where mailbox “ended” is collected, ended at 13:00.",
    ],
  ]);
  expect(found[0]).toMatchObject({ state: "needs", remedy: { do: "open", page: "exchange" } });
  expect(found.map(({ detail }) => detail)).toEqual([
    expect.stringMatching(/delivery stops then/),
    expect.stringMatching(/collecting stops then/),
    expect.stringMatching(/^Unless its provider renewed it meanwhile, the next look into the mailbox fails/),
  ]);
});

test("the first steps: what is done, and what comes next", () => {
  const fresh = { ...well, lane: null, mailboxes: [], tested: false };
  expect(isNew(fresh)).toBe(true);
  expect(setupSteps(fresh).map(({ done }) => done)).toEqual([false, false, false, false]);
  expect(setupSteps(well).map(({ done }) => done)).toEqual([true, true, true, true]);
  const skipped = setupSteps({ ...well, mailboxes: [box("info", { recipientsSkipped: true })] });
  expect(skipped.map((step) => [step.done, step.skipped])).toEqual([
    [true, false],
    [true, false],
    [false, true],
    [true, false],
  ]);
  expect(isNew(well)).toBe(false);
  const box1 = box("info", { lastResult: "refused" });
  const wrong = setupSteps({ ...well, mailboxes: [box1], tested: false, testFailed: true });
  expect(wrong.map(({ done }) => done)).toEqual([false, false, true, false]);
  // It is started: there is nothing to start, and none of what was saved was skipped.
  expect(wrong.map(({ saved, skipped }) => [saved, skipped])).toEqual(Array(4).fill([true, false]));
  expect(wrong[3]).toMatchObject({
    label: null,
    detail: "“info” is started. No look into it has succeeded yet.",
  });
  expect(setupSteps({ ...well, mailboxes: [box1, box("sales")] })[1]?.done).toBe(true);
});

test("a mailbox that is being set up is no trouble, and its next step is what it waits for", () => {
  const stop = { state: "stopped", nextPollAt: null, lastResult: null, listed: null } as const;
  const waits = box("info", { ...stop, reasonKind: "setup-recipients", reason: "Being set up." });
  const one = given({ mailboxes: [waits] });
  expect(flowOf(one)).toMatchObject({ state: "idle", cause: "setup" });
  expect(setupSteps(one.facts).map(({ done }) => done)).toEqual([true, false, false, false]);
  const signsIn = new Set(["info"]);
  expect(setupSteps({ ...one.facts, signsIn }).map(({ done }) => done)).toEqual([true, true, false, false]);
  const ready = box("info", { ...stop, reasonKind: "setup-start", reason: "Waits." });
  const last = setupSteps({ ...one.facts, mailboxes: [ready], signsIn });
  expect(last.map(({ done }) => done)).toEqual([true, true, true, false]);
  expect(last[3]?.label).toBe("Start collecting");
  const beside = given({ mailboxes: [waits, box("sales")] });
  expect(needs(beside)).toMatchObject([
    { state: "needs", remedy: { page: "setup/recipients", label: "Go on setting up" } },
  ]);
  const stopped = box("info", { ...stop, reasonKind: "renumbered", reason: "Renumbered." });
  expect(needs(given({ mailboxes: [stopped, box("sales")] }))).toMatchObject([{ state: "stopped" }]);
});

test("a postmaster that nobody proved is a banner, where notices go there and mail has come", () => {
  const unproved = given({ lane: { ...lane, postmasterProved: false } });
  expect(needs(unproved)).toMatchObject([{ key: "postmaster", state: "needs", remedy: { page: "exchange" } }]);
  expect(needs(given({ lane: { ...lane, postmasterProved: false, notifies: false } }))).toEqual([]);
  const closed = { ...unproved, tenant: { ...unproved.tenant, state: "closed" as const } };
  expect(needs(closed).map(({ key }) => key)).not.toContain("postmaster");
  const fresh = { ...unproved, facts: { ...unproved.facts, today: { ...unproved.facts.today, collectedEver: 0 } } };
  expect(needs(fresh)).toEqual([]);
});
