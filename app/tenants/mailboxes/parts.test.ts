// A change of many mailboxes in parts: what was done is reported whatever comes after it, and what is left is named.
import { expect, test } from "vitest";
import type { Seen } from "@/domain/mailbox/many-schema";
import { perPart } from "@/domain/mailbox/per-part";
import { inParts, type Progress } from "./parts";

const items: Seen[] = Array.from({ length: perPart * 2 + 5 }, (_, n) => ({ slug: "t", id: String(n), version: 1 }));
const next = (part: Seen[]) => part.map((one) => ({ ...one, version: 2 }));
type Part = Awaited<ReturnType<Parameters<typeof inParts>[0]>>;
const whole = (part: Seen[]): Part => ({
  ok: true,
  data: { done: next(part), failed: [], along: 0, left: [], fault: "" },
});

async function run(write: Parameters<typeof inParts>[0]) {
  const seen: Progress[] = [];
  return { refused: await inParts(write, items, (one) => seen.push(one)), seen, last: seen.at(-1) };
}

test("goes on to the end, and says so once", async () => {
  const { seen, last } = await run(async (part) => whole(part));
  expect(seen.map(({ done, running }) => [done.length, running])).toEqual([
    [perPart, true],
    [perPart * 2, true],
    [items.length, false],
  ]);
  expect(last).toMatchObject({ failed: [], left: [], fault: "" });
});

test("a fault in the middle of a part: what that part did is done too, with its version for the way back", async () => {
  const { last } = await run(async (part) =>
    part[0]?.id === "0"
      ? whole(part)
      : {
          ok: true,
          data: {
            done: next(part.slice(0, 3)),
            failed: [{ id: "x", message: "No." }],
            along: 0,
            left: part.slice(4),
            fault: "Something failed here.",
          },
        },
  );
  expect(last?.done).toEqual(next(items.slice(0, perPart + 3)));
  expect(last?.left).toEqual(items.slice(perPart + 4));
  expect(last).toMatchObject({ failed: [{ id: "x" }], running: false, fault: "Something failed here." });
});

test("an entry that a log lacks stops no later part, and is said at the end", async () => {
  const { last } = await run(async (part) => {
    const answer = whole(part);
    return part[0]?.id === "0" && answer.ok ? { ok: true, data: { ...answer.data, unnoted: "It lacks." } } : answer;
  });
  expect(last).toMatchObject({ done: next(items), left: [], fault: "", unnoted: "It lacks." });
});

test.each([
  ["no answer", () => Promise.reject(new Error("away")), /did not answer/],
  ["a refusal", async () => ({ ok: false, message: "You are signed out." }) as const, /signed out/],
])("%s to a later part keeps what is done", async (_what, later, words) => {
  const { refused, last } = await run((part) => (part[0]?.id === "0" ? Promise.resolve(whole(part)) : later()));
  expect(refused).toBeNull();
  expect(last?.done).toEqual(next(items.slice(0, perPart)));
  expect(last?.left).toEqual(items.slice(perPart));
  expect(last).toMatchObject({ running: false, fault: expect.stringMatching(words) });
});

test("a refusal of the first part begins nothing; no answer to it is not called a refusal", async () => {
  const no = { ok: false, message: "No." } as const;
  expect(await run(async () => no)).toMatchObject({ refused: no, seen: [] });
  const away = await run(() => Promise.reject(new Error("away")));
  expect(away).toMatchObject({ refused: null, last: { done: [], left: items, running: false } });
});
