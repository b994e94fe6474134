// What of the bodies that were just stored is kept in memory until they are sent.
import { expect, test, vi } from "vitest";
import { FreshBodies } from "./fresh";

const octets = (text: string) => Buffer.from(text);

test("a body is had once, and only by its name", () => {
  const fresh = new FreshBodies();
  fresh.keep("a", octets("first"));
  expect(fresh.take("b")).toBeNull();
  expect(fresh.take("a")).toEqual(octets("first"));
  expect(fresh.take("a")).toBeNull();
});

const kilobytes = (count: number) => Buffer.alloc(count * 1024, "x");

test("what came first is kept, since it goes first; with it gone there is room again", () => {
  const fresh = new FreshBodies(60 * 1024);
  fresh.keep("a", kilobytes(31));
  fresh.keep("b", kilobytes(30));
  fresh.keep("c", kilobytes(20));
  expect(fresh.take("b")).toBeNull();
  expect(fresh.take("c")).toHaveLength(20 * 1024);
  expect(fresh.take("a")).toHaveLength(31 * 1024);
  fresh.keep("d", kilobytes(32));
  expect(fresh.take("d")).not.toBeNull();
});

test("a very small one counts for what it may hold of Node's memory", () => {
  const fresh = new FreshBodies(2 * Buffer.poolSize);
  for (const id of ["a", "b", "c"]) fresh.keep(id, octets("x"));
  expect(["a", "b", "c"].map((id) => fresh.take(id) !== null)).toEqual([true, true, false]);
});

test("what nobody claims makes room half a minute later, and is gone a minute later whether another comes or not", () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
  try {
    const fresh = new FreshBodies(32 * 1024);
    fresh.keep("old", kilobytes(32));
    vi.advanceTimersByTime(29_999);
    fresh.keep("early", kilobytes(1));
    expect(fresh.take("early")).toBeNull();
    vi.advanceTimersByTime(1);
    fresh.keep("new", kilobytes(1));
    expect(fresh.take("old")).toBeNull();
    vi.advanceTimersByTime(60_000);
    expect(fresh.take("new")).toBeNull();
  } finally {
    vi.useRealTimers();
  }
});
