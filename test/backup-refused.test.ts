// What a restore refuses, each with one line and nothing changed; and what it does take: a backup of an older version, taken
// and restored by an owner who is no superuser.
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openFrames, sealFrames } from "@/domain/backup/frames";
import { type BackupHeader, decode, encode, headerSchema, parsed } from "@/domain/backup/records";
import { ensurePrivateKey } from "@/lib/seal";
import { applyMigrations, knownMigrations } from "@/prisma/migrate";
import { grants } from "@/prisma/roles";
import { bringIn, emptied, envOf, mailferry, newFolder, passphrase, plainDatabase } from "./backup-world";
import { type TestDatabase, testDatabase } from "./database";
import { type Place, preparePlace } from "./worker-process";

let full: TestDatabase;
let empty: TestDatabase;
let place: Place;
let file: string;

beforeAll(async () => {
  full = await testDatabase();
  empty = await emptied(await testDatabase());
  place = await preparePlace(full);
  await bringIn(
    place,
    `version: 1
tenants:
  - slug: contoso
    timeZone: UTC
    exchange: { host: mail.contoso.example, postmaster: postmaster@contoso.example }
    mailboxes:
      - { name: info, protocol: pop3, host: pop.provider.example, username: info, password: one, recipients: { mode: single, address: info@contoso.example } }
`,
  );
  await full.owner.pool.query("insert into person (email, platform_role) values ('ada@provider.example', 'admin')");
  // More than one frame, so that there is something to put in another order.
  await full.owner.pool.query(
    `with b as (insert into body (tenant_id, complete, size) select id, true, 0 from tenant returning tenant_id, id)
     insert into body_chunk (tenant_id, body_id, n, data)
     select tenant_id, id, n, convert_to(repeat(md5(n::text), 8192), 'UTF8') from b, generate_series(1, 12) n`,
  );
  file = join(newFolder(), "mailferry.backup");
  const took = await mailferry(["backup", file], envOf(full, place.folder));
  expect(took, took.err).toMatchObject({ code: 0 });
}, 120_000);
afterAll(async () => {
  await full.drop();
  await empty.drop();
});

async function headerOf(of: string): Promise<BackupHeader> {
  async function* octets() {
    yield readFileSync(of);
  }
  for await (const record of decode(openFrames(passphrase, octets(), of))) return parsed(headerSchema, record);
  throw new Error("no header");
}

/** The file with something done to its octets. */
function spoilt(change: (octets: Buffer) => Buffer): string {
  const other = join(newFolder(), "spoilt.backup");
  writeFileSync(other, change(readFileSync(file)));
  return other;
}

const head = 67;
const frame = (1 << 20) + 16;

async function newer(): Promise<string> {
  const header = await headerOf(file);
  async function* plain() {
    yield encode("header", {
      ...header,
      mailferry: "9.0.0",
      migrations: [...header.migrations, "0999_later"],
      tables: [],
    });
    yield encode("end", {});
  }
  const parts: Buffer[] = [];
  for await (const part of sealFrames(passphrase, plain())) parts.push(part);
  return spoilt(() => Buffer.concat(parts));
}

it.each<[string, string, () => string | Promise<string>, Record<string, string>]>([
  ["a wrong passphrase", "The passphrase does not open", () => file, { MAILFERRY_PASSPHRASE: "another passphrase" }],
  ["a file that is cut", "is damaged or not whole", () => spoilt((octets) => octets.subarray(0, -100_000)), {}],
  [
    "a file that is cut between two frames",
    "is damaged or not whole",
    () => spoilt((octets) => octets.subarray(0, head + 2 * frame)),
    {},
  ],
  [
    "frames in another order",
    "its part 1 of 1 MiB is not as it was written",
    () =>
      spoilt((octets) =>
        Buffer.concat([
          octets.subarray(0, head),
          octets.subarray(head + frame, head + 2 * frame),
          octets.subarray(head, head + frame),
          octets.subarray(head + 2 * frame),
        ]),
      ),
    {},
  ],
  [
    "one octet that is another",
    "its part 2 of 1 MiB is not as it was written",
    () =>
      spoilt((octets) => {
        octets.writeUInt8(octets.readUInt8(1_500_000) ^ 1, 1_500_000);
        return octets;
      }),
    {},
  ],
  ["a file of something else", "is no backup of Mailferry", () => spoilt(() => Buffer.from("PGDMP")), {}],
  ["a backup of a newer version", "was made by a newer Mailferry (9.0.0, with 0999_later)", newer, {}],
  ["a file that is not there", "There is no file", () => "/nowhere/mailferry.backup", {}],
])("%s is refused with one line, and nothing is changed", async (_what, words, made, env) => {
  const folder = newFolder();
  const said = await mailferry(["restore", await made()], { ...envOf(empty, folder), ...env });
  expect(said).toMatchObject({ code: 1, out: "" });
  expect(said.err).toMatch(/^mailferry: [^\n]+\n$/);
  expect(said.err).toContain(words);
  const { rowCount } = await empty.owner.pool.query(
    "select 1 from pg_class where relnamespace = 'public'::regnamespace",
  );
  expect(rowCount).toBe(0);
  expect(existsSync(join(folder, "private.key"))).toBe(false);
});

it("a database with a tenant in it is refused with one line, and keeps what it has", async () => {
  const folder = newFolder();
  const said = await mailferry(["restore", file], envOf(full, folder));
  expect(said).toMatchObject({ code: 1, out: "" });
  expect(said.err).toMatch(/^mailferry: The database holds a tenant: [^\n]+\n$/);
  expect((await full.owner.pool.query("select 1 from mailbox")).rowCount).toBe(1);
  expect(existsSync(join(folder, "private.key"))).toBe(false);
});

it("another private key is not written over, and nothing is changed", async () => {
  const folder = newFolder();
  const key = join(folder, "private.key");
  await ensurePrivateKey(key);
  const before = readFileSync(key, "utf8");
  const said = await mailferry(["restore", file], envOf(empty, folder));
  expect(said).toMatchObject({ code: 1, out: "" });
  expect(said.err).toMatch(/^mailferry: [^\n]+private\.key holds another private key than the backup\. [^\n]+\n$/);
  expect(readFileSync(key, "utf8")).toBe(before);
  const { rowCount } = await empty.owner.pool.query(
    "select 1 from pg_class where relnamespace = 'public'::regnamespace",
  );
  expect(rowCount).toBe(0);
});

it("a backup writes over nothing, and asks for a passphrase that is worth its name", async () => {
  const there = await mailferry(["backup", file], envOf(full, place.folder));
  expect(there.err).toContain("is there already");
  const other = join(newFolder(), "short.backup");
  const short = await mailferry(["backup", other], { ...envOf(full, place.folder), MAILFERRY_PASSPHRASE: "short" });
  expect(short.err).toContain("at least 12 characters");
  expect(existsSync(other)).toBe(false);
});

it("every table is in the backup", async () => {
  const { tables } = await headerOf(file);
  expect(tables.map(({ name }) => name)).toEqual(Object.keys(grants).sort());
});

/** A digest of every table's rows, but for what a restore notes at each mailbox. */
async function digests(url: string): Promise<Record<string, string>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const found: Record<string, string> = {};
  const { rows } = await client.query<{ name: string }>(
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'",
  );
  for (const { name } of rows) {
    const { rows: one } = await client.query(
      `select md5(string_agg(r::text, ',' order by r::text)) as d
       from (select to_jsonb(t) - '{restored_from,restored_at,restored_open}'::text[] as r from ${name} t) x`,
    );
    found[name] = one[0]?.d ?? "";
  }
  await client.end();
  return found;
}

it("a prepared database that was never used is filled with the same rows, in every table", async () => {
  const prepared = await testDatabase();
  try {
    const before = await digests(full.urls.owner);
    const said = await mailferry(["restore", file], envOf(prepared, newFolder()));
    expect(said, said.err).toMatchObject({ code: 0 });
    const after = await digests(prepared.urls.owner);
    // Both sides wrote into it since: that a backup was taken, and that it was restored.
    expect({ ...after, platform_audit: "" }).toEqual({ ...before, platform_audit: "" });
    await prepared.owner.pool.query("insert into audit (tenant_id, who, action) select id, 'x', 'x' from tenant");
    await expect(prepared.owner.pool.query("update audit set who = 'y'")).rejects.toThrow("never changed");
  } finally {
    await prepared.drop();
  }
});

it("a backup of an older version is restored and then brought up to date, by an owner who is no superuser", async () => {
  const source = await plainDatabase();
  const target = await plainDatabase();
  try {
    const older = knownMigrations().slice(0, -4);
    const client = new pg.Client({ connectionString: source.url });
    await client.connect();
    await applyMigrations(client, older);
    await client.query("insert into tenant (slug, name, time_zone) values ('contoso', 'Contoso', 'UTC')");
    await client.query("insert into audit (tenant_id, who, action) select id, 'Ada', 'test' from tenant");
    await client.end();
    const folder = newFolder();
    copyFileSync(place.keyFile, join(folder, "private.key"));
    const roles = { MAILFERRY_WEB_DATABASE_URL: full.urls.web, MAILFERRY_WORKER_DATABASE_URL: full.urls.worker };
    const made = join(newFolder(), "older.backup");
    const took = await mailferry(["backup", made], { ...roles, DATABASE_URL: source.url, MAILFERRY_DATA: folder });
    expect(took, took.err).toMatchObject({ code: 0 });
    expect((await headerOf(made)).migrations).toEqual(older);
    const to = { ...roles, DATABASE_URL: target.url, MAILFERRY_DATA: folder };
    const said = await mailferry(["restore", made], to);
    expect(said, said.err).toMatchObject({ code: 0 });
    expect(said.out).toContain(`Then applied: ${knownMigrations().slice(-4).join(", ")}.`);
    // Row-level security is forced for this owner now; its own backup sees all the same.
    const again = join(newFolder(), "again.backup");
    const twice = await mailferry(["backup", again], to);
    expect(twice, twice.err).toMatchObject({ code: 0 });
    // The first one, brought up to date where it stands, has the same rows.
    const beside = new pg.Client({ connectionString: source.url });
    await beside.connect();
    await applyMigrations(beside, knownMigrations().slice(-4));
    await beside.end();
    const { audit, tenant } = await digests(target.url);
    const there = await digests(source.url);
    expect({ audit, tenant }).toEqual({ audit: there.audit, tenant: there.tenant });
    const third = await plainDatabase();
    const last = await mailferry(["restore", again], { ...to, DATABASE_URL: third.url });
    await third.drop();
    expect(last.out, last.err).toContain(": 1 tenant, ");
  } finally {
    await source.drop();
    await target.drop();
  }
}, 120_000);
