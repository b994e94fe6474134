// Migrations go forward only and leave the version before working. What is newer than the last tagged version is looked over
// for statements that don't; where nothing is tagged, or git has no history here, that part is left out and says so.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { knownMigrations } from "@/prisma/migrate";
import { breakingStatements } from "./breaking-statements";
import { fileIn, namesIn, olderVersion } from "./older-version";

/** `NAME: STATEMENT` of a newer migration that may stay, each with the reason why the version before does not mind. */
const allowed: Record<string, string> = {};

const pathOf = (name: string) => `prisma/migrations/${name}/migration.sql`;
const textOf = (name: string) => readFileSync(pathOf(name), "utf8");

it.each(knownMigrations().filter((name) => name >= "0172"))(
  "%s: a function that runs as the owner looks for temporary tables last, and is nobody's until it is granted",
  (name) => {
    const sql = textOf(name).replace(/--.*$/gm, "");
    const made = [...sql.matchAll(/create (?:or replace )?function (\w+)[\s\S]*?\bas \$/g)];
    const owners = made.filter(([head]) => head.includes("security definer"));
    for (const [head, called] of owners) {
      expect(head).toContain("set search_path = pg_catalog, public, pg_temp");
      expect(sql).toMatch(new RegExp(`revoke all on function [^;]*\\b${called}\\([^;]* from public;`));
    }
  },
);

describe("a statement that breaks a program of the version before is found", () => {
  it.each([
    ["drop table exchange", "may still be used"],
    ["DROP TABLE IF EXISTS exchange CASCADE", "may still be used"],
    ["alter table mail drop column subject", "may still be read or written"],
    ["alter table mail add column note text, drop subject", "may still be read or written"],
    ["alter table mail rename column subject to title", "is still called by its old name"],
    ["alter table mail rename to letter_of", "is still called by its old name"],
    ["alter index mail_order rename to mail_by_seq", "is still called by its old name"],
    ["alter table mail alter column size type integer", "is read and written in its old type"],
    ["alter table mail alter size set data type integer using size::integer", "is read and written in its old type"],
    ["alter table mail alter column sender set not null", "is left out, or written as null"],
    ["alter table mail alter column place drop default", "is left out"],
    ["alter table mail add column folder text not null", "is left out: it needs a default"],
    [
      "alter table mail add column a text, add column b text\n  not null check (b <> ';')",
      "is left out: it needs a default",
    ],
    ["alter table mail add constraint short check (length(subject) < 10)", "narrows what it may write"],
    ["alter table mail add unique (tenant_id, subject)", "narrows what it may write"],
    ["create unique index mail_subject on mail (tenant_id, subject)", "narrows what it may write"],
    ["alter table site_key drop constraint site_key_pkey", "may be what its “on conflict” needs"],
    ["drop index mail_merge", "may be what its “on conflict” needs"],
    ["drop function portal_enter(bytea, text)", "may still be called or counted on"],
    ["create trigger t before insert on mail for each row execute function f()", "may refuse or change what it writes"],
    ["-- why\nupdate mail set place = 'held'", "may change rows under it: say why that is right"],
  ])("%j", (sql, why) => expect(breakingStatements(sql).map((one) => one.why)).toEqual([why]));

  it.each([
    "alter table lane add column settings_epoch integer not null default 0",
    "alter table lane_slot add column mail_id uuid, add column probe boolean not null default false",
    "alter table mail alter column size set default 0",
    "alter table mail alter column sender drop not null",
    "create index mail_order on mail (tenant_id, exchange_id, seq) where state = 'ready'",
    "create table letter (id uuid primary key, kind text not null); alter table letter add unique (kind); drop table letter",
    "create unique index removed_source on removed (source);\ncreate table removed (source text)",
    "-- drop table mail;\ncreate function f() returns void language sql as $$ drop table mail; $$",
    "comment on table mail is 'drop table mail; it''s rename'",
  ])("and not in %j", (sql) => expect(breakingStatements(sql)).toEqual([]));

  it("also in migrations of this project, of before it had a version", () => {
    const found = ["0080_removed_mailbox", "0096_site_key", "0100_merge_by_hash"].map((name) => {
      return breakingStatements(textOf(name)).map(({ statement }) => statement);
    });
    expect(found).toEqual([
      [
        "drop constraint identity_tenant_id_mailbox_id_fkey",
        "add foreign key (tenant_id) references tenant (id) on delete cascade",
      ],
      ["drop constraint site_key_pkey", "add primary key (site, key_id)"],
      ["drop index mail_merge"],
    ]);
  });
});

const older = olderVersion();
const missing = "missing" in older ? older.missing : null;
if (missing !== null) console.warn(`Left out, what migrations do to the version before: ${missing}.`);

describe.skipIf(missing !== null)(
  `since ${"name" in older ? older.name : `the version before (left out: ${missing})`}`,
  () => {
    const released = "commit" in older ? namesIn(older, "prisma/migrations") : [];

    it("no migration that was released is gone or changed", () => {
      if (!("commit" in older)) return;
      expect(released.length).toBeGreaterThan(0);
      const changed = released.filter((name) => fileIn(older, pathOf(name)) !== textOf(name));
      expect(changed).toEqual([]);
    });

    it("each new migration sorts behind those, and leaves the version before working", () => {
      const newer = knownMigrations().filter((name) => !released.includes(name));
      expect(newer.filter((name) => name < (released.at(-1) ?? ""))).toEqual([]);
      const unknown = new Set<string>();
      const found = newer.flatMap((name) =>
        breakingStatements(textOf(name), unknown).map(({ statement, why }) => ({ key: `${name}: ${statement}`, why })),
      );
      expect(found.filter(({ key }) => !allowed[key])).toEqual([]);
      expect(Object.keys(allowed).filter((key) => !found.some((one) => one.key === key))).toEqual([]);
    });
  },
);
