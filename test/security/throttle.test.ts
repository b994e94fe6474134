// Checklist 13: a thousand tries, counted by account and by address; what gets through is bounded, and nobody can use the
// throttle to keep an account's owner out.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { signInByPassword as signIn } from "@/domain/person/begin";
import { hashPassword } from "@/domain/person/password";

import { type TestDatabase, testDatabase } from "../database";

let db: TestDatabase;
const email = "owner@contoso.example";
const password = "four words in a row";
const start = new Date("2026-11-24T10:00:00Z").getTime();

beforeAll(async () => {
  db = await testDatabase();
  await db.owner.prisma.person.create({ data: { email, passwordHash: await hashPassword(password) } });
});
afterAll(() => db.drop());
beforeEach(() => db.owner.pool.query("delete from throttle"));

interface Try {
  email: string;
  address: string;
  /** seconds after the first */
  at: number;
}

/** How many of a thousand tries had their password looked at. */
async function passed(of: (n: number) => Try): Promise<number> {
  let count = 0;
  for (let n = 0; n < 1000; n += 1) {
    const { email: who, address, at } = of(n);
    const given = { email: who, password: "wrong" };
    const answer = await signIn(db.web, given, { address, agent: "" }, new Date(start + at * 1000)).then(
      () => "let in",
      (error: Error) => error.message,
    );
    expect(answer).toMatch(/^(Email or password is not right|Too many tries)/);
    if (!answer.startsWith("Too many")) count += 1;
  }
  return count;
}

it("lets few through at one account, from however many addresses they come", async () => {
  expect(await passed((n) => ({ email, address: `198.51.${n % 250}.${n >> 2}`, at: 0 }))).toBeLessThanOrEqual(6);
});

it("lets about one a minute through when they are spread over time", async () => {
  const most = 6 + 7 + 1000 / 60;
  expect(await passed((n) => ({ email, address: `198.51.${n % 250}.${n >> 2}`, at: n }))).toBeLessThanOrEqual(most);
});

it("lets few through from one address, at however many accounts", async () => {
  const many = (n: number) => `nobody${n}@contoso.example`;
  expect(await passed((n) => ({ email: many(n), address: "198.51.100.7", at: 0 }))).toBeLessThanOrEqual(31);
});

it("counts a /64 of IPv6 as one address", async () => {
  const of = (n: number) => ({
    email: `nobody${n}@contoso.example`,
    address: `2001:db8:7:7::${n.toString(16)}`,
    at: 0,
  });
  expect(await passed(of)).toBeLessThanOrEqual(31);
});

it("lets the owner in meanwhile, from where they signed in before", async () => {
  const home = { address: "203.0.113.5", agent: "" };
  await signIn(db.web, { email, password }, home, new Date(start));
  await passed((n) => ({ email, address: `198.51.${n % 250}.${n >> 2}`, at: 0 }));
  expect(await signIn(db.web, { email, password }, home, new Date(start))).toMatchObject({ kind: "session" });
  const elsewhere = { address: "198.51.100.77", agent: "" };
  await expect(signIn(db.web, { email, password }, elsewhere, new Date(start))).rejects.toThrow("Too many tries");
});
