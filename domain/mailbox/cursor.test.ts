import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseHeaders } from "@/mail/headers";
import type { Listed, Listing } from "@/mail/source";
import { type CursorInput, deleteDue, type Known, nextTry, planSession, refusedBySource } from "./cursor";
import { afterPoll } from "./poll-result";
import { receivedWhen, startInstant } from "./start";

const now = new Date("2026-11-24T02:00:00Z");
const hour = 3_600_000;
const listed = (number: number, uid: string | null, size = 100): Listed => ({ number, uid, size, receivedAt: null });
const listing = (...mails: Listed[]): Listing => ({ epoch: "", mails, uidsUsable: true });
const known = (id: number, uid: string, more: Partial<Known> = {}): Known => ({
  id,
  epoch: "",
  uid,
  size: 100,
  state: "stored",
  createdAt: new Date(now.getTime() - hour),
  nextTryAt: null,
  tries: 0,
  wanted: false,
  ...more,
});
const plan = (input: Partial<CursorInput>) =>
  planSession({
    listing: listing(),
    known: [],
    closedUids: new Set(),
    settings: { after: "delete", keepDays: 7 },
    recheck: false,
    deleteDelayMinutes: 0,
    now,
    ...input,
  });
const uids = (mails: { uid: string | null }[]) => mails.map((mail) => mail.uid);

describe("what a listing means", () => {
  test("unknown: collected; known: deleted without fetching; missing: compared with what is unknown", () => {
    const mails = listing(listed(1, "a"), listed(2, "b", 99));
    const found = plan({ listing: mails, known: [known(1, "a"), known(2, "gone")] });
    expect(uids(found.fresh)).toEqual(["b"]);
    expect(found.remove.map(({ identity }) => identity.id)).toEqual([1]);
    expect([[...found.missing.identities], found.close]).toEqual([[2], []]);
  });
  test("another size under the same UIDL: compared, not deleted", () => {
    const found = plan({ listing: listing(listed(1, "a", 99)), known: [known(1, "a")] });
    expect(uids(found.compare)).toEqual(["a"]);
    expect(found.remove).toEqual([]);
  });
  test("a UIDL of a closed identity: compared", () => {
    expect(uids(plan({ listing: listing(listed(1, "a")), closedUids: new Set(["a"]) }).compare)).toEqual(["a"]);
  });
  test("left out by start, of another size: looked at before it is judged anew; no size says nothing", () => {
    const mails = listing(listed(1, "a", 99), listed(2, "b", 0));
    const left = [known(1, "a", { state: "skipped" }), known(2, "b", { state: "skipped" })];
    const found = plan({ listing: mails, known: left });
    expect(found.resized.map(({ identity }) => identity.id)).toEqual([1]);
    expect([found.fresh, found.close, found.recheck]).toEqual([[], [], false]);
  });
  test("left out by start: left alone until a person asks", () => {
    const mails = listing(listed(1, "a"), listed(2, "b"));
    const skipped = known(1, "a", { state: "skipped" });
    const asked = known(2, "b", { state: "skipped", wanted: true });
    const found = plan({ listing: mails, known: [skipped, asked] });
    expect(uids(found.wanted)).toEqual(["b"]);
    expect([found.fresh, found.remove, found.close]).toEqual([[], [], []]);
  });
  test("a bad mail waits, and then has a session of its own", () => {
    const mails = listing(listed(1, "bad"), listed(2, "new"));
    const bad = (nextTryAt: Date) => known(1, "bad", { state: "bad", nextTryAt, tries: 1 });
    const waits = plan({ listing: mails, known: [bad(new Date(now.getTime() + 1))] });
    expect([waits.waitingBad, uids(waits.fresh), waits.retry]).toEqual([1, ["new"], null]);
    const due = plan({ listing: mails, known: [bad(now)] });
    expect([due.retry?.mail.uid, due.fresh]).toEqual(["bad", []]);
  });
  test("renumbered: nothing is deleted or forgotten before it was compared", () => {
    const old = ["a", "b", "c"].map((uid, n) => known(n + 1, uid));
    const found = plan({ listing: listing(listed(1, "x"), listed(2, "y"), listed(3, "z")), known: old });
    expect([found.recheck, found.remove, found.close]).toEqual([true, [], []]);
    expect(found.fresh).toHaveLength(3);
  });
  test("another UIDVALIDITY is a renumbering, though the UIDs look the same", () => {
    const found = plan({
      listing: { ...listing(listed(1, "1"), listed(2, "2")), epoch: "8" },
      known: [known(1, "1", { epoch: "7" })],
    });
    expect([found.recheck, found.fresh.length, found.remove]).toEqual([true, 2, []]);
  });
  test("new mail beside a few that went is no renumbering", () => {
    const old = ["a", "b", "c"].map((uid, n) => known(n + 1, uid));
    const found = plan({
      listing: listing(listed(1, "a"), listed(2, "b"), listed(3, "d", 99)),
      known: old,
      settings: { after: "keep", keepDays: 7 },
    });
    expect([found.recheck, uids(found.fresh), found.close]).toEqual([false, ["d"], []]);
  });
  test("a new mail may be one that is missing, whatever its size: it is compared, and those stay open until then", () => {
    const old = ["a", "b", "c", "d"].map((uid, n) => known(n + 1, uid));
    const settings = { after: "keep" as const, keepDays: 7 };
    const left = known(5, "g", { state: "skipped" });
    const mails = [listed(1, "a"), listed(2, "b"), listed(3, "e"), listed(4, "f", 99)];
    const found = plan({ listing: listing(...mails), known: [...old, left], settings });
    expect([[...found.missing.identities], [...found.missing.mails], found.close]).toEqual([[3, 4], [3, 4], [5]]);
    const calm = plan({ listing: listing(...mails.slice(0, 2)), known: [...old, left], settings });
    expect([calm.missing.identities.size, calm.close]).toEqual([0, [3, 4, 5]]);
  });
  test.each([
    ["without UIDLs", known(9, "#0123", { size: 7 })],
    ["at another place", known(9, "a", { size: 7, epoch: "elsewhere" })],
  ])("what was collected %s may be any new mail", (_name, nameless) => {
    const mails = listing(listed(1, "a"), listed(2, "b"), listed(3, "c", 99));
    const found = plan({ listing: mails, known: [known(1, "a"), known(2, "b"), nameless] });
    expect([[...found.missing.identities], [...found.missing.mails], found.close]).toEqual([[9], [3], []]);
    expect(plan({ listing: listing(listed(1, "a")), known: [known(1, "a"), nameless] }).close).toEqual([9]);
  });
  test("without UIDL everything is fetched, but not a bad mail's size", () => {
    const bad = known(1, "size 7", { state: "bad", nextTryAt: new Date(now.getTime() + hour) });
    const found = plan({
      listing: { epoch: "", uidsUsable: false, mails: [listed(1, null, 7), listed(2, null, 7)] },
      known: [bad],
    });
    expect([found.byHash, found.waitingBad, found.fresh.length]).toEqual([true, 1, 1]);
  });
});

test("every listed mail is in at most one place, and only what is stored may be deleted", () => {
  const aUid = fc.constantFrom("a", "b", "c", "d", "e", "f");
  const aState = fc.constantFrom<Known["state"]>("stored", "skipped", "bad");
  const someKnown = fc
    .uniqueArray(fc.record({ uid: aUid, state: aState, size: fc.integer({ min: 1, max: 2 }), wanted: fc.boolean() }), {
      selector: (one) => one.uid,
    })
    .map((rows) => rows.map((row, n) => known(n + 1, row.uid, { ...row, nextTryAt: now })));
  const someListed = fc
    .uniqueArray(fc.record({ uid: aUid, size: fc.integer({ min: 1, max: 2 }) }), { selector: (one) => one.uid })
    .map((rows) => rows.map((row, n) => listed(n + 1, row.uid, row.size)));
  fc.assert(
    fc.property(
      someKnown,
      someListed,
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom<"delete" | "keep">("delete", "keep"),
      (old, mails, usable, recheck, after) => {
        const found = plan({
          known: old,
          listing: { epoch: "", mails, uidsUsable: usable },
          recheck,
          settings: { after, keepDays: 7 },
        });
        const all = [
          ...found.fresh,
          ...found.wanted,
          ...found.compare,
          ...found.remove.map(({ mail }) => mail),
          ...(found.retry ? [found.retry.mail] : []),
        ];
        expect(new Set(all.map(({ number }) => number)).size).toBe(all.length);
        for (const { mail, identity } of found.remove) {
          expect(identity.state).toBe("stored");
          expect(identity.size).toBe(mail.size);
          expect(after).toBe("delete");
        }
        if (usable)
          for (const id of found.close) expect(uids(mails)).not.toContain(old.find((one) => one.id === id)?.uid);
        if (found.recheck) expect([found.remove, found.close]).toEqual([[], []]);
        if (found.retry) expect([...found.fresh, ...found.wanted, ...found.compare, ...found.remove]).toEqual([]);
      },
    ),
  );
});

test.each([
  ["delete", 0, 0],
  ["delete", 5, 5 * 60_000],
  ["keep-days", 0, 7 * 24 * hour],
  ["keep", 0, null],
] as const)("%s with a delay of %i minutes", (after, delay, expected) => {
  const due = deleteDue({ state: "stored", createdAt: now }, { after, keepDays: 7 }, delay);
  expect(due === null ? null : due.getTime() - now.getTime()).toBe(expected);
  expect(deleteDue({ state: "skipped", createdAt: now }, { after, keepDays: 7 }, delay)).toBeNull();
});

test("a bad mail is tried again after an hour, then daily", () => {
  expect([1, 2, 3].map((tries) => (nextTry(tries, now).getTime() - now.getTime()) / hour)).toEqual([1, 24, 24]);
});

test.each([
  [{ after: "delete", start: "all" }, { canPeek: true, canDelete: false }, true, "after"],
  [{ after: "keep-days", start: "all" }, { canPeek: true, canDelete: false }, true, "after"],
  [{ after: "keep", start: "all" }, { canPeek: true, canDelete: false }, true, undefined],
  [{ after: "keep", start: "all" }, { canPeek: true, canDelete: true }, false, "after"],
  [{ after: "delete", start: "2026-11-01" }, { canPeek: false, canDelete: true }, true, "start"],
  [{ after: "delete", start: "2026-11-01" }, { canPeek: true, canDelete: true }, false, "start"],
  [{ after: "delete", start: "all" }, { canPeek: false, canDelete: true }, false, undefined],
] as const)("%o at a server with %o, UIDs usable: %s", (settings, facts, usable, field) =>
  expect(refusedBySource(settings, { ...facts, readOnly: false }, usable)?.field).toBe(field),
);

test("a folder that is read-only is told from a server without UIDPLUS", () => {
  const facts = { canPeek: true, canDelete: false };
  const said = (readOnly: boolean) =>
    refusedBySource({ after: "delete", start: "all" }, { ...facts, readOnly }, true)?.sentence;
  expect(said(false)).toContain("UIDPLUS");
  expect(said(true)).toContain("may only read in this folder");
});

describe("start", () => {
  test.each([
    ["all", null],
    ["2026-11-27T18:00+01:00", "2026-11-27T17:00:00.000Z"],
    ["2026-11-27", "2026-11-26T23:00:00.000Z"],
    ["2026-07-01", "2026-06-30T22:00:00.000Z"],
    ["2026-03-29", "2026-03-28T23:00:00.000Z"],
    ["2026-03-30", "2026-03-29T22:00:00.000Z"],
  ])("%s in Berlin", (text, instant) =>
    expect(startInstant(text, "Europe/Berlin")?.toISOString() ?? null).toBe(instant),
  );

  test.each([
    [
      "Received: from a by b; Tue, 24 Nov 2026 01:00:00 +0000\r\nReceived: x; Mon, 23 Nov 2026 01:00:00 +0000\r\nDate: Sun, 22 Nov 2026 01:00:00 +0000",
      "2026-11-24T01:00:00.000Z",
    ],
    ["Date: Sun, 22 Nov 2026 01:00:00 +0000", "2026-11-22T01:00:00.000Z"],
    ["Subject: none", null],
  ])("received when: %s", (block, instant) =>
    expect(receivedWhen(null, parseHeaders(Buffer.from(`${block}\r\n\r\n`)))?.toISOString() ?? null).toBe(instant),
  );
});

describe("after a poll", () => {
  const before = { lastResult: null, failures: 0, failingSince: null, toldStoppedAt: null };
  test("a refused password: 5, 15, 30, 60 minutes, told after the third, once", () => {
    let state: Parameters<typeof afterPoll>[0] = before;
    const seen = [1, 2, 3, 4, 5].map(() => {
      const after = afterPoll(state, { result: "refused", more: false }, 300, now);
      state = { ...after, lastResult: "refused" };
      return [after.dueInSeconds / 60, after.notice];
    });
    expect(seen).toEqual([
      [5, null],
      [15, null],
      [30, "collecting-stopped"],
      [60, null],
      [60, null],
    ]);
    expect(afterPoll(state, { result: "nothing-new", more: false }, 300, now)).toMatchObject({
      notice: "collecting-again",
      failures: 0,
      toldStoppedAt: null,
    });
  });
  test.each(["unreachable", "busy", "error"] as const)("%s is told after an hour", (result) => {
    const since = (ms: number) => ({
      ...before,
      lastResult: result,
      failures: 9,
      failingSince: new Date(now.getTime() - ms),
    });
    expect(afterPoll(since(hour - 1), { result, more: false }, 300, now).notice).toBeNull();
    expect(afterPoll(since(hour), { result, more: false }, 300, now).notice).toBe("collecting-stopped");
  });
  test("more to do: at once; nothing: the interval", () => {
    expect(afterPoll(before, { result: "ok", more: true }, 300, now).dueInSeconds).toBe(0);
    expect(afterPoll(before, { result: "nothing-new", more: false }, 300, now).dueInSeconds).toBe(300);
  });
});
