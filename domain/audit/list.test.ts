import { afterAll, beforeAll, expect, it } from "vitest";
import { inTenant, sqlTransaction, type TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { type TestDatabase, testDatabase } from "@/test/database";
import { auditCsv, auditPages, rowsPerPage } from "./csv";
import { auditFilterOf, auditQuery, noFilter } from "./filter";
import { type AuditPage, listAudit } from "./list";
import { writeAudit } from "./write";

let db: TestDatabase;
let ours: TenantScope;
let theirs: TenantScope;

beforeAll(async () => {
  db = await testDatabase();
  const tenant = async (slug: string) => {
    const { rows } = await db.owner.pool.query(
      "insert into tenant (slug, name, time_zone) values ($1, $1, 'UTC') returning id",
      [slug],
    );
    return mintScope(db.web, rows[0].id, { kind: "command", name: `who-${slug}` });
  };
  ours = await tenant("ours");
  theirs = await tenant("theirs");
  for (const n of [1, 2, 3, 4, 5])
    await inTenant(ours, (tx) => writeAudit(tx, ours, { action: "exchange.save", target: `server ${n}` }));
});
afterAll(() => db.drop());

const page = (more: Partial<AuditPage> = {}): AuditPage => ({ filter: noFilter, zone: "UTC", before: null, ...more });

it("pages by key, newest first, and finds by object", async () => {
  const first = await listAudit(ours, page(), 2);
  expect(first.rows.map((row) => row.target)).toEqual(["server 5", "server 4"]);
  const second = await listAudit(ours, page({ before: first.older }), 3);
  expect(second.rows.map((row) => row.target)).toEqual(["server 3", "server 2", "server 1"]);
  expect(second.older).toBeNull();
  expect((await listAudit(ours, page({ filter: { ...noFilter, search: "SERVER 3" } }), 9)).rows).toHaveLength(1);
});

it("shows nothing of another tenant, and no role changes a row", async () => {
  expect((await listAudit(theirs, page(), 9)).rows).toEqual([]);
  for (const role of [db.web, db.worker]) {
    const change = sqlTransaction(role.pool, (sql) => sql.query("update audit set who = 'x'"), ours.tenantId);
    await expect(change).rejects.toThrow("permission denied");
  }
  await expect(db.owner.pool.query("update audit set who = 'x'")).rejects.toThrow("never changed");
});

it("filters by who, what and days in the log's zone", async () => {
  const { rows } = await db.owner.pool.query(
    "insert into tenant (slug, name, time_zone) values ('f', 'F', 'UTC') returning id",
  );
  const scope = mintScope(db.web, rows[0].id, { kind: "command", name: "x" });
  const at = async (when: string, who: string, action: string) =>
    db.owner.pool.query("insert into audit (tenant_id, at, who, action, target) values ($1, $2, $3, $4, $5)", [
      rows[0].id,
      when,
      who,
      action,
      `${action} by ${who}`,
    ]);
  await at("2026-11-23T22:30:00Z", "Ann", "mailbox.save");
  await at("2026-11-23T23:30:00Z", "Ben", "mailbox.add");
  await at("2026-11-24T22:59:59Z", "Ann", "exchange.save");
  await at("2026-11-24T23:00:00Z", "Ann", "mailbox.remove");
  const found = async (filter: Partial<typeof noFilter>, zone = "Europe/Berlin") =>
    (await listAudit(scope, page({ filter: { ...noFilter, ...filter }, zone }), 9)).rows.map((row) => row.action);
  expect(await found({ from: "2026-11-24", to: "2026-11-24" })).toEqual(["exchange.save", "mailbox.add"]);
  expect(await found({ from: "2026-11-24", to: "2026-11-24" }, "UTC")).toEqual(["mailbox.remove", "exchange.save"]);
  expect(await found({ who: "ann", what: "mailbox" })).toEqual(["mailbox.remove", "mailbox.save"]);
  expect(await found({ to: "2026-11-23" })).toEqual(["mailbox.save"]);
  expect(await found({ search: "by BEN" })).toEqual(["mailbox.add"]);
});

it("reads a filter from an address, and leaves out what can't be meant", () => {
  const asked = {
    who: " Ann\0 ",
    what: "mailbox",
    from: "2026-02-30",
    to: "2026-11-24",
    search: ["a", "b"],
    other: "x",
  };
  expect(auditFilterOf(asked)).toEqual({ ...noFilter, who: "Ann", what: "mailbox", to: "2026-11-24" });
  expect(auditFilterOf({ what: "constructor", from: "9999-99-99" })).toEqual(noFilter);
  expect(auditQuery({ ...noFilter, who: "Ann & Ben" })).toBe("who=Ann+%26+Ben");
});

it("writes a file in which no cell is a formula", async () => {
  const row = { id: 1, at: new Date("2026-11-24T10:00:00Z"), who: "Ann", action: "badmail.send-again", changes: {} };
  const rows = [
    { ...row, target: '=HYPERLINK("http://evil.example")' },
    { ...row, target: "\t@SUM(1)" },
    { ...row, target: "plain, with “quotes”", changes: { role: { from: "viewer", to: "admin" } } },
  ];
  expect((await fileOf(auditCsv(pagesOf([rows])))).slice(1, 4)).toEqual([
    `"2026-11-24T10:00:00.000Z","Ann","sent again","'=HYPERLINK(""http://evil.example"")",""`,
    `"2026-11-24T10:00:00.000Z","Ann","sent again","'\t@SUM(1)",""`,
    `"2026-11-24T10:00:00.000Z","Ann","sent again","plain, with “quotes”","{""role"":{""from"":""viewer"",""to"":""admin""}}"`,
  ]);
  const theirs = auditCsv(pagesOf([[{ ...row, tenant: "one", target: "x" }]]), true);
  expect(await fileOf(theirs)).toEqual([
    "time (UTC),tenant,who,what,to what,changes",
    `"2026-11-24T10:00:00.000Z","one","Ann","sent again","x",""`,
    "",
  ]);
});

it("writes all that fits into the file, a page at a time, and never a part as if it were all", async () => {
  const scope = mintScope(db.web, await longLog(12_345), { kind: "command", name: "x" });
  let asked = 0;
  const pages = () =>
    auditPages((before: number | null) => {
      asked += 1;
      return listAudit(scope, page({ filter: { ...noFilter, what: "mailbox" }, before }), rowsPerPage);
    });
  const lines = await fileOf(auditCsv(pages()));
  expect(lines).toHaveLength(1 + 12_345 + 1);
  expect(new Set(lines).size).toBe(lines.length);
  expect([lines[1], lines[12_345]]).toEqual([
    expect.stringContaining('"box 12345"'),
    expect.stringContaining('"box 1"'),
  ]);
  expect(asked).toBe(13);
  // Nothing is read before the browser takes it.
  expect((await pages().next()).value).toHaveLength(rowsPerPage);
  expect(asked).toBe(14);
  const signedOut = auditPages(async (before: number | null) =>
    before === null ? { rows: [1], older: 1 } : { rows: [], older: null },
  );
  await expect(allOf(signedOut)).rejects.toThrow("could not be read to its end");
});

async function longLog(rows: number): Promise<string> {
  const made = await db.owner.pool.query(
    "insert into tenant (slug, name, time_zone) values ('long', 'Long', 'UTC') returning id",
  );
  await db.owner.pool.query(
    `insert into audit (tenant_id, who, action, target)
     select $1, 'Ann', 'mailbox.save', 'box ' || n from generate_series(1, $2::int) n`,
    [made.rows[0].id, rows],
  );
  return made.rows[0].id;
}

async function* pagesOf<Row>(pages: Row[][]) {
  yield* pages;
}
async function allOf<T>(parts: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const part of parts) all.push(part);
  return all;
}
const fileOf = async (parts: AsyncIterable<string>) => (await allOf(parts)).join("").split("\r\n");
