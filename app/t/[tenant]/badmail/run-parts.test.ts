// Many mails in parts: what is counted, what stays, where it stops. And which groups stand together.
import { expect, test } from "vitest";
import type { GroupTarget } from "@/domain/message/decide-schema";
import type { MailGroup } from "@/domain/message/groups";
import { arrange } from "./arrange";
import { type Ask, notReached, type Progress, perPart, runParts } from "./run-parts";

const group: GroupTarget = { place: "badmail", reasonKind: "spam" };

test("a group goes on where the part before ended, up to what was confirmed", async () => {
  const asked: unknown[] = [];
  const ask: Ask<GroupTarget> = async ({ part }) => {
    asked.push(part);
    const first = part?.after === 0;
    return {
      ok: true,
      data: {
        done: ["a"],
        failed: first ? [{ id: "b", message: "No." }] : [],
        left: first ? 1 : 0,
        next: first ? 7 : null,
      },
    };
  };
  const seen: Progress[] = [];
  expect(await runParts(ask, { target: group, total: 3, until: 9 }, (one) => seen.push({ ...one }))).toBeNull();
  expect(asked).toEqual([
    { after: 0, until: 9, limit: 3 },
    { after: 7, until: 9, limit: 1 },
  ]);
  expect(seen.at(-1)).toMatchObject({ done: 2, failed: [{ id: "b" }], running: false, fault: "" });
});

test("never more than was confirmed, though more of that age wait again meanwhile", async () => {
  const asked: (number | undefined)[] = [];
  const ask: Ask<GroupTarget> = async ({ part }) => {
    asked.push(part?.limit);
    const done = Array.from({ length: part?.limit ?? 0 }, (_, n) => `${asked.length}-${n}`);
    return { ok: true, data: { done, failed: [], left: 40, next: asked.length } };
  };
  const seen: Progress[] = [];
  const total = perPart + 3;
  await runParts(ask, { target: group, total, until: 9 }, (one) => seen.push({ ...one }));
  expect(asked).toEqual([perPart, 3]);
  expect(seen.at(-1)).toMatchObject({ done: total, running: false });
});

test("chosen mails go in slices; a fault in between keeps what is done and says the rest", async () => {
  const ids = Array.from({ length: perPart + 2 }, (_, n) => String(n));
  let calls = 0;
  const ask: Ask<GroupTarget> = async ({ target }) => {
    calls += 1;
    if (calls === 2) throw new Error("away");
    return { ok: true, data: { done: "ids" in target ? target.ids : [], failed: [], left: 0, next: null } };
  };
  const seen: Progress[] = [];
  await runParts(ask, { target: { ids }, total: ids.length, until: 0 }, (one) => seen.push({ ...one }));
  expect(seen.at(-1)).toMatchObject({ done: perPart, running: false, fault: expect.stringMatching(/did not answer/) });
});

test("what a fault in between left can be asked for again: neither what is done nor what was refused", async () => {
  const ids = Array.from({ length: perPart * 2 + 2 }, (_, n) => String(n));
  let calls = 0;
  const ask: Ask<GroupTarget> = async ({ target }) => {
    calls += 1;
    if (calls === 2) throw new Error("away");
    const [first = "", ...done] = "ids" in target ? target.ids : [];
    return { ok: true, data: { done, failed: [{ id: first, message: "No." }], left: 0, next: null } };
  };
  const seen: Progress[] = [];
  await runParts(ask, { target: { ids }, total: ids.length, until: 0 }, (one) => seen.push({ ...one }));
  expect(seen.map((one) => notReached(ids, one))).toEqual([[], ids.slice(perPart)]);
  await runParts(ask, { target: { ids }, total: ids.length, until: 0 }, (one) => seen.push({ ...one }));
  expect(seen.slice(-1).map((one) => notReached(ids, one))).toEqual([[]]);
});

test("what is refused as a whole begins nothing", async () => {
  const refused = { ok: false, message: "Nothing was sent." } as const;
  const seen: Progress[] = [];
  expect(
    await runParts(
      async () => refused,
      { target: group, total: 3, until: 9 },
      (one) => seen.push(one),
    ),
  ).toEqual(refused);
  expect(seen).toEqual([]);
});

const at = new Date("2026-11-24T13:00:00Z");
const made = (more: Partial<MailGroup>): MailGroup => ({
  place: "badmail",
  reasonKind: "spam",
  detail: null,
  notices: false,
  mails: 1,
  since: at,
  newest: at,
  words: null,
  reason: null,
  rule: null,
  sender: "",
  address: "a@x.example",
  named: "a@x.example",
  newestMail: "",
  subject: "",
  largest: 1,
  ...more,
});

test("BADMAIL before held before notices, the most first; many unknown addresses stand as one", () => {
  const unknown = Array.from({ length: 6 }, (_, n) =>
    made({ reasonKind: "unknown-recipient", detail: `${n}@x.example`, mails: n + 1 }),
  );
  const shown = arrange(
    [made({ notices: true, mails: 99 }), made({ place: "held", mails: 50 }), made({ mails: 30 }), ...unknown],
    "all",
  );
  expect(shown.map(({ group, parts }) => [group.place, group.notices, group.mails, parts.length])).toEqual([
    ["badmail", false, 30, 0],
    ["badmail", false, 21, 6],
    ["held", false, 50, 0],
    ["badmail", true, 99, 0],
  ]);
  expect(shown[1]?.target).toEqual({ place: "badmail", reasonKind: "unknown-recipient", notices: false });
  expect(arrange([made({ reasonKind: "too-large" }), made({})], "too-large")).toHaveLength(1);
});
