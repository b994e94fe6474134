// The palette's search: only what the session's person may enter, and words are words.
import { afterAll, beforeAll, expect, it } from "vitest";
import { beginSession } from "@/domain/person/session";
import { newToken } from "@/domain/person/token";
import { makeMailbox, makeTenant } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { findPlaces } from "./find";

let db: TestDatabase;
let token: { platform: string; member: string };
let mailbox: string;
const visitor = { address: "192.0.2.1", agent: "" };

beforeAll(async () => {
  db = await testDatabase();
  const mine = await makeTenant(db, "harbour-mine");
  const theirs = await makeTenant(db, "harbour-theirs");
  mailbox = await makeMailbox(db, mine.tenantId, { port: 1, username: "orders_1@mine.example" });
  await makeMailbox(db, theirs.tenantId, { port: 1, username: "orders_2@theirs.example" });
  const person = async (email: string, role: string | null) => {
    const sql = "insert into person (email, platform_role, password_hash) values ($1, $2, 'x') returning id";
    const { rows } = await db.owner.pool.query<{ id: string }>(sql, [email, role]);
    return rows[0]?.id ?? "";
  };
  const member = await person("member@mine.example", null);
  await db.owner.pool.query("insert into membership (tenant_id, person_id, role) values ($1, $2, 'viewer')", [
    mine.tenantId,
    member,
  ]);
  const platform = await person("platform@provider.example", "viewer");
  token = {
    platform: await beginSession(db.web, platform, visitor, new Date()),
    member: await beginSession(db.web, member, visitor, new Date()),
  };
});
afterAll(() => db.drop());

const slugs = async (who: string, words: string) =>
  (await findPlaces(db.web, who, words, 6)).map(({ kind, slug }) => `${kind} ${slug}`);

it("finds tenants and mailboxes of those that the person may enter, and of no others", async () => {
  expect(await slugs(token.platform, "HARBOUR")).toEqual(["tenant harbour-mine", "tenant harbour-theirs"]);
  expect(await slugs(token.member, "harbour")).toEqual(["tenant harbour-mine"]);
  expect((await slugs(token.platform, "orders")).sort()).toEqual(["mailbox harbour-mine", "mailbox harbour-theirs"]);
  expect(await findPlaces(db.web, token.member, "orders", 6)).toMatchObject([{ id: mailbox, slug: "harbour-mine" }]);
  expect(await slugs(newToken(), "harbour")).toEqual([]);
});

it("wants all words, of the mailbox and of its tenant", async () => {
  expect(await slugs(token.platform, "theirs orders")).toEqual(["mailbox harbour-theirs"]);
  expect(await slugs(token.platform, "orders nowhere")).toEqual([]);
});

it("takes wildcards as letters, and nothing for nothing", async () => {
  expect(await slugs(token.platform, "orders_1")).toEqual(["mailbox harbour-mine"]);
  for (const words of ["%", "orders%", "_____", "\\", "  ", "\0"])
    expect(await slugs(token.platform, words)).toEqual([]);
});

it("forgets a closed tenant, and a person who was disabled", async () => {
  await db.owner.pool.query("update tenant set state = 'closed', closed_at = now() where slug = 'harbour-theirs'");
  expect(await slugs(token.platform, "harbour")).toEqual(["tenant harbour-mine"]);
  await db.owner.pool.query("update person set disabled_at = now() where platform_role is not null");
  expect(await slugs(token.platform, "harbour")).toEqual([]);
});
