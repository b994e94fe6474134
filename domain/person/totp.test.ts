// Codes of an app against the RFC's own, and each once, on a real Postgres.
import { Secret } from "otpauth";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { sqlOf } from "@/domain/scope";
import { type OwnKey, ownKeyOf, seal } from "@/lib/seal";
import { type TestDatabase, testDatabase } from "@/test/database";
import { beginSession } from "./session";
import { type CodeVerdict, takeCode } from "./totp";

/** RFC 6238, Appendix B, SHA-1: the secret, and the last six of its eight digits at moments given in seconds. */
const secret = Secret.fromLatin1("12345678901234567890").base32;
const rfc: [seconds: number, code: string][] = [
  [59, "287082"],
  [1_111_111_109, "081804"],
  [1_111_111_111, "050471"],
  [1_234_567_890, "005924"],
  [2_000_000_000, "279037"],
  [20_000_000_000, "353130"],
];

let db: TestDatabase;
let key: OwnKey;
let personId: string;
let token: string;

beforeAll(async () => {
  db = await testDatabase();
  key = await ownKeyOf("a secret of this test alone");
  const { rows } = await db.owner.pool.query("insert into person (email) values ('ann@example.com') returning id");
  personId = rows[0].id;
  token = await beginSession(db.web, personId, { address: "192.0.2.1", agent: "" }, new Date());
});
afterAll(() => db.drop());
beforeEach(async () => {
  const sealed = await seal(key, secret, { tenantId: "platform", rowId: personId, field: "totp" });
  await db.owner.pool.query("delete from totp");
  await db.owner.pool.query(
    "insert into totp (person_id, key_id, sealed, confirmed_at) values ($1, $2, $3, to_timestamp(0))",
    [personId, key.keyId, sealed],
  );
});

const take = (code: string, seconds: number): Promise<CodeVerdict> =>
  takeCode(sqlOf(db.web.pool), key, token, code, new Date(seconds * 1000));

it("takes the RFC's codes at the RFC's times", async () => {
  for (const [seconds, code] of rfc) expect(await take(code, seconds), String(seconds)).toBe("right");
});

/** 081804 is the code of the seconds from 1111111080 to 1111111109. */
const [first, last] = [1_111_111_080, 1_111_111_109];

it.each([
  ["two steps early", first - 31, "wrong"],
  ["at the end of the step before", first - 1, "right"],
  ["with the step", first, "right"],
  ["at the step's last moment", last + 0.999, "right"],
  ["at the end of the step after", last + 30.999, "right"],
  ["two steps late", last + 31, "wrong"],
  ["an hour late", last + 3600, "wrong"],
])("a code that comes %s (%d) is %s", async (_when, seconds, verdict) => {
  expect(await take("081804", seconds)).toBe(verdict);
});

it.each(["081 804", " 081804 "])("spaces are no part of a code: “%s”", async (typed) => {
  expect(await take(typed, first)).toBe("right");
});

it.each(["81804", "0818040", "", "081805", "O81804"])("“%s” is not the code", async (typed) => {
  expect(await take(typed, first)).toBe("wrong");
});

it("takes a code once: not a second time, nor one that is older than one that was taken", async () => {
  expect(await take("081804", last)).toBe("right");
  expect(await take("081804", last)).toBe("used");
  expect(await take("081804", last + 30)).toBe("used");
  expect(await take("050471", last + 2)).toBe("right");
  expect(await take("081804", last + 2)).toBe("used");
});

it("takes a code that comes twice at once for one of the two", async () => {
  for (let round = 0; round < 5; round += 1) {
    await db.owner.pool.query("update totp set last_step = 0");
    const verdicts = await Promise.all([take("081804", last), take("081804", last)]);
    expect(verdicts.sort()).toEqual(["right", "used"]);
  }
});
