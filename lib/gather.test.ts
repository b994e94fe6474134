import { describe, expect, it } from "vitest";
import { gatherer } from "./gather";

/** Answers each number with its double; what is asked at once is noted. */
function doubling(fails: (items: number[]) => boolean = () => false) {
  const rounds: number[][] = [];
  const ask = async (items: number[]) => {
    rounds.push(items);
    await new Promise((next) => setTimeout(next, items.includes(9) ? 400 : 5));
    if (fails(items)) throw new Error(`not ${items.join()}`);
    return items.map((item) => item * 2);
  };
  return { rounds, asking: gatherer(ask, { most: 3, nameOf: (n) => n % 10, patienceMs: 100 }) };
}

describe("what is asked at the same time", () => {
  it("is asked together, and each gets its own answer", async () => {
    const { rounds, asking } = doubling();
    expect(await Promise.all([1, 2, 3].map((n) => asking.add(n)))).toEqual([2, 4, 6]);
    expect(rounds).toEqual([[1, 2, 3]]);
  });
  it("waits for the round that is under way, and is not asked in one that is too large", async () => {
    const { rounds, asking } = doubling();
    const first = asking.add(1);
    await new Promise((next) => setTimeout(next, 2));
    const rest = [2, 3, 4, 5].map((n) => asking.add(n));
    expect(await Promise.all([first, ...rest])).toEqual([2, 4, 6, 8, 10]);
    expect(rounds).toEqual([[1], [2, 3, 4], [5]]);
  });
  it("is asked in two rounds where two have one name", async () => {
    const { rounds, asking } = doubling();
    expect(await Promise.all([1, 11, 2].map((n) => asking.add(n)))).toEqual([2, 22, 4]);
    expect(rounds).toEqual([[1, 2], [11]]);
  });
  it("waits so long for a round that is under way, and no longer", async () => {
    const { asking } = doubling();
    const ends: number[] = [];
    const slow = asking.add(9).then((answer) => ends.push(answer));
    await new Promise((next) => setTimeout(next, 10));
    await Promise.all([slow, asking.add(1).then((answer) => ends.push(answer))]);
    expect(ends).toEqual([2, 18]);
  });
  it("fails alone: the others are asked again", async () => {
    const { rounds, asking } = doubling((items) => items.includes(2));
    const answers = await Promise.allSettled([1, 2, 3].map((n) => asking.add(n)));
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(rounds).toEqual([[1, 2, 3], [1], [2], [3]]);
  });
  it("goes on after a round that failed", async () => {
    const { asking } = doubling((items) => items.includes(2));
    await expect(asking.add(2)).rejects.toThrow("not 2");
    expect(await asking.add(4)).toBe(8);
  });
});
