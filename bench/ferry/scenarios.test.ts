import { expect, test } from "vitest";
import { boxesOf, portionsOf } from "./boxes";
import { chosen, type Scenario, type SizeWish } from "./scenarios";

const wish: SizeWish = { quick: false, mails: undefined, mailboxes: undefined };
const only = (id: string, more: Partial<SizeWish> = {}): Scenario => {
  const found = chosen([id], { ...wish, ...more }).find((one) => one.id === id);
  if (!found) throw new Error(`no ${id}`);
  return found;
};

test("a name means its variants too, and S1 is not S10", () => {
  const ids = (...names: string[]) => chosen(names, wish).map(({ id }) => id);
  expect(ids("s5")).toEqual(["S5", "S5-far"]);
  expect(ids("S9-ALONE")).toEqual(["S9-alone"]);
  expect(ids("S1")).toEqual(["S1"]);
  expect(ids("S11", "S4")).toEqual(["S4", "S11"]);
  expect(() => ids("S12")).toThrow("There is no scenario S12");
});

test("one company has all mailboxes of S3; of those of S5 ten each; each of S8 has its own server", () => {
  expect(new Set(boxesOf(only("S3")).map(({ address }) => address.split("@")[1]))).toEqual(
    new Set(["contoso.example"]),
  );
  expect(new Set(boxesOf(only("S5")).map(({ company }) => company)).size).toBe(100);
  const boxes = boxesOf(only("S8", { mailboxes: 3 }));
  expect(boxes.map(({ server }) => server)).toEqual([...Array(20).keys()]);
  expect(boxes.filter(({ silent }) => silent).map(({ user }) => user)).toEqual(["box11"]);
});

test("of S9 the first company's mails wait, and each of the others gets two", () => {
  const scenario = only("S9", { mailboxes: 4, mails: 50 });
  const { first, later } = portionsOf(scenario, boxesOf(scenario));
  expect([first.count, first.boxes.map(({ user }) => user)]).toEqual([50, ["box1"]]);
  expect([later.count, later.boxes.map(({ user }) => user)]).toEqual([6, ["box2", "box3", "box4"]]);
  expect(scenario.mails).toBe(56);
  const alone = only("S9-alone", { mailboxes: 4, mails: 50 });
  expect([alone.backlog, alone.mails]).toEqual([0, 6]);
});

test("quick ones are smaller, and what is asked for is taken", () => {
  expect(only("S10", { quick: true }).mails).toBe(1000);
  expect(only("S10", { quick: true, mails: 7 }).mails).toBe(7);
  expect(only("S3", { mailboxes: 5, mails: 2 })).toMatchObject({ mailboxes: 5, mails: 5 });
});
