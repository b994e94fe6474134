// The house rules that no compiler and no linter sees: doors, row-level security, whose tenant a statement names, and
// whether Prisma's models still say what the migrations made.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { PrismaPg } from "@prisma/adapter-pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { grants, platformGrants } from "@/domain/access";
import { grants as tableRights } from "@/prisma/roles";
import { type TestDatabase, testDatabase } from "./database";
import { actionDoors, filesBelow, pageDoors, routeDoors, source } from "./doors";

let db: TestDatabase;
let tenantTables: string[];

beforeAll(async () => {
  db = await testDatabase();
  const { rows } = await db.owner.pool.query<{ name: string }>(`
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p') and exists (
      select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnotnull)`);
  tenantTables = rows.map((row) => row.name).sort();
});
afterAll(() => db.drop());

describe("doors", () => {
  it("finds what it is to check", () => {
    expect(actionDoors().length).toBeGreaterThan(20);
    expect(routeDoors().length).toBeGreaterThan(3);
    expect(pageDoors().length).toBeGreaterThan(12);
  });

  it("are what every export of an actions.ts comes from", () => {
    expect(actionDoors().filter((door) => door.kind === "none")).toEqual([]);
  });

  it("ask for a grant of the table", () => {
    const known: Record<string, readonly string[]> = { tenant: grants.admin, platform: platformGrants.admin };
    expect(actionDoors().filter(({ kind, grant }) => known[kind]?.includes(grant) === false)).toEqual([]);
  });

  it("ask for a fresh sign-in where servers, passwords, second factors or who may enter change, but for these", () => {
    const asking = [
      "factor-remove",
      "recovery-codes",
      "app-offer",
      "passkey-offer",
      "password",
      "exchange.edit",
      "mailbox.edit",
      "member.edit",
      "platform.people",
      "platform.tenants",
      "platform.mailbox-edit",
    ];
    const without: Record<string, string> = {
      "app/t/[tenant]/exchange/actions.ts pause": "stops and goes on; moves nobody's mail elsewhere",
      "app/t/[tenant]/mailboxes/actions.ts remove": "stops collecting; no host, no secret",
      "app/t/[tenant]/members/actions.ts removeMember": "takes away",
      "app/tenants/actions.ts makeTenant": "has no server and no secret yet",
      "app/tenants/actions.ts closeTenant": "can be undone for 30 days",
      "app/tenants/actions.ts reopenTenant": "brings back what was there",
    };
    const found = actionDoors()
      .filter(({ grant, fresh }) => asking.includes(grant) && !fresh)
      .map(({ file, name }) => `${file} ${name}`);
    expect(found.sort()).toEqual(Object.keys(without).sort());
  });

  it("that answer recovery codes show no page anew, which would take them off the screen", () => {
    const text = source("app/account/actions.ts");
    for (const name of ["addApp", "addPasskey", "newRecoveryCodes"]) {
      const door = new RegExp(`^export const ${name} = accountAction\\([^]*?^\\);`, "m").exec(text)?.[0];
      expect(door, name).toBeDefined();
      expect(door).not.toMatch(/\b(?:revalidate\w+|refresh|redirect|cookies|giveSession|dropSession)\(/);
    }
  });

  it("tell open pages of what they did, but for these, which change nothing", () => {
    const reading = actionDoors().flatMap(({ file, name, reads }) => (reads ? [`${file} ${name}`] : []));
    expect(reading).toEqual(["app/tenants/mailboxes/actions.ts plan"]);
  });

  it("are the only server actions there are", () => {
    const directive = /^\s*["']use server["'];?\s*$/m;
    const others = filesBelow("app").filter((path) => /\.tsx?$/.test(path) && !path.endsWith("/actions.ts"));
    expect(others.filter((path) => directive.test(source(path)))).toEqual([]);
    const lists = filesBelow("app", (path) => path.endsWith("/actions.ts"));
    expect(lists.filter((path) => !/^(\/\/.*\n)*"use server";/.test(source(path)))).toEqual([]);
  });

  it("are what every route handler comes from, but for these", () => {
    const open: Record<string, string> = {
      "app/api/health/route.ts": "tells whether the installation works and nothing else; monitors have no account",
      "app/api/auth/[...nextauth]/route.ts": "next-auth's own: people who are not signed in yet",
    };
    const without = routeDoors().filter((route) => route.door === "open");
    const known: Record<string, readonly string[]> = { tenant: grants.admin, platform: platformGrants.admin };
    expect(routeDoors().filter(({ door, grant }) => known[door]?.includes(grant ?? "") === false)).toEqual([]);
    expect(without.filter((route) => !open[route.file])).toEqual([]);
    expect(Object.keys(open).filter((file) => !without.some((route) => route.file === file))).toEqual([]);
    const handlers = filesBelow("app", (path) => /(^|\/)route\.tsx?$/.test(path));
    expect(handlers.filter((file) => !routeDoors().some((route) => route.file === file))).toEqual([]);
  });

  it("stand before every page but these", () => {
    const open = [
      "/design",
      "/first-administrator",
      "/invitation/[token]",
      "/sign-in/forgotten",
      "/sign-in",
      "/sign-in/second",
      "/sign-in/set-up",
    ];
    expect(pageDoors().flatMap((page) => (page.door === "open" ? [page.path] : []))).toEqual(open);
    const inside = pageDoors().filter((page) => page.path.startsWith("/t/[tenant]"));
    expect(inside.filter((page) => page.door !== "tenant" || !grants.admin.some((g) => g === page.grant))).toEqual([]);
    const platform = pageDoors().filter((page) => page.path.startsWith("/tenants/"));
    expect(platform.filter((page) => page.door !== "platform")).toEqual([]);
  });
});

it("keeps “server-only” out of what the worker imports", () => {
  const below = ["domain", "worker", "mail", "lib"].flatMap((folder) => filesBelow(folder));
  expect(below.filter((path) => /\.tsx?$/.test(path) && /["']server-only["']/.test(source(path)))).toEqual([]);
});

describe("tables", () => {
  it("with a tenant have forced row-level security with USING and WITH CHECK, for every role in use", async () => {
    const { rows } = await db.owner.pool.query<{ name: string; forced: boolean; policies: string[] }>(
      `
      select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced,
        array(select p.polname::text from pg_policy p where p.polrelid = c.oid and p.polqual is not null
          and p.polwithcheck is not null order by 1) as policies
      from pg_class c where c.relnamespace = 'public'::regnamespace and c.relname = any ($1) order by 1`,
      [[...tenantTables, "tenant"]],
    );
    expect(rows).toHaveLength(tenantTables.length + 1);
    for (const row of rows)
      expect(row).toMatchObject({ forced: true, policies: ["one_tenant", "owner_all", "worker_all"] });
  });

  it("stand in the list of rights, each of them, and nothing else does", async () => {
    const { rows } = await db.owner.pool.query<{ name: string }>(
      "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')",
    );
    expect(Object.keys(tableRights).sort()).toEqual(rows.map((row) => row.name).sort());
  });

  it("of a tenant have a key and foreign keys that begin with the tenant", async () => {
    const { rows } = await db.owner.pool.query(
      `
      select c.relname as table, k.conname as key from pg_constraint k join pg_class c on c.oid = k.conrelid
      where c.relname = any ($1) and k.contype in ('p', 'f')
        and not exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attnum = any (k.conkey)
          and a.attname = 'tenant_id')
        and not (k.contype = 'f' and (select relname from pg_class where oid = k.confrelid) <> all ($1))`,
      [tenantTables],
    );
    expect(rows).toEqual([]);
  });
});

describe("statements", () => {
  it("in SQL on a tenant's table name its tenant_id", () => {
    const touches = new RegExp(`\\b(?:from|join|into|update)\\s+(?:${tenantTables.join("|")})\\b`, "i");
    const found = domainFiles().flatMap((path) => sqlTexts(source(path)).map((text) => ({ path, text })));
    const onTenants = found.filter(({ text }) => touches.test(text));
    expect(onTenants.length).toBeGreaterThan(60);
    expect(onTenants.filter(({ text }) => !/\btenant_id\b/.test(text))).toEqual([]);
  });

  it("by Prisma on a tenant's table name its tenantId", () => {
    const found = domainFiles().flatMap((path) => prismaCalls(source(path)).map((call) => ({ path, call })));
    expect(found.length).toBeGreaterThan(20);
    expect(found.filter(({ path, call }) => !namesTenant(call, source(path)))).toEqual([]);
  });
});

describe("Prisma's models", () => {
  it("agree with the migrations in columns, types and nullability", async () => {
    const client = await db.owner.pool.connect();
    try {
      await client.query("create schema drift");
      await client.query("set search_path = drift");
      await client.query((await sqlOfModels()).replaceAll('"public"', '"drift"'));
      // Prisma has no word for "a list, never null".
      const list = /^_/;
      const columns = async (schema: string) =>
        (
          await client.query<{ name: string; is: string }>(
            `select table_name || '.' || column_name as name,
               format('%s %s', udt_name, case is_nullable when 'YES' then 'null' else 'not null' end) as is
             from information_schema.columns where table_schema = $1 order by 1`,
            [schema],
          )
        ).rows.map(({ name, is }) => ({ name, is: list.test(is) ? is.split(" ", 1)[0] : is }));
      const models = await columns("drift");
      const modelled = new Set(models.map(({ name }) => name.split(".")[0]));
      const made = (await columns("public")).filter(({ name }) => modelled.has(name.split(".")[0]));
      expect(modelled.size).toBeGreaterThan(15);
      expect(models).toEqual(made);
    } finally {
      await client.query("reset search_path");
      client.release();
    }
  });
});

const domainFiles = () => filesBelow("domain", (path) => path.endsWith(".ts") && !path.endsWith(".test.ts"));

/** Texts in backticks or quotes that hold a statement. */
function sqlTexts(text: string): string[] {
  const code = text.replace(/^\s*(\/\/|\*|\/\*).*$/gm, "");
  const found = code.matchAll(/`(?:[^`\\]|\\.)*`|"(?:[^"\\\n]|\\.)*"/g);
  return [...found]
    .map(([whole]) => whole.slice(1, -1))
    .filter((part) => /^\s*(with|select|insert|update|delete)\s/i.test(part));
}

/** Calls like tx.mail.findMany({ … }) on models of tenant tables, each with its argument. */
function prismaCalls(text: string): string[] {
  const models = tenantTables.map((table) => table.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()));
  const begins = new RegExp(`\\b(?:tx|prisma)\\.(?:${models.join("|")})\\.\\w+\\(`, "g");
  return [...text.matchAll(begins)].map((match) => {
    let depth = 1;
    let at = match.index + match[0].length;
    for (; depth > 0 && at < text.length; at += 1) depth += text[at] === "(" ? 1 : text[at] === ")" ? -1 : 0;
    return text.slice(match.index, at);
  });
}

/** In the call itself, or in what stands in the same file under the name that the call's `where` or `data` has. */
function namesTenant(call: string, text: string): boolean {
  if (call.includes("tenantId")) return true;
  const names = [...call.matchAll(/\b(?:where|data)(?:: ([\w.]+))?[,(\s}]/g)].map(([, name]) => name ?? "where");
  return names.some((name) => new RegExp(`(?:const|function) ${name}\\b[^;]*?tenantId`).test(text));
}

/** What Prisma itself would make of the models. */
async function sqlOfModels(): Promise<string> {
  const require = createRequire(import.meta.url);
  const bg = require("@prisma/schema-engine-wasm/schema_engine_bg");
  const wasm = join(dirname(require.resolve("@prisma/schema-engine-wasm")), "schema_engine_bg.wasm");
  const { instance } = await WebAssembly.instantiate(readFileSync(wasm), { "./schema_engine_bg.js": bg });
  bg.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  const files = filesBelow("prisma/schema").map((path) => ({ path, content: source(path) }));
  const datamodels = files.map(({ path, content }) => [path, content]);
  // Comes with the adapter, as the adapter's own dependency.
  const utils = createRequire(require.resolve("@prisma/adapter-pg"))("@prisma/driver-adapter-utils");
  const factory = utils.bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: db.urls.owner }));
  const engine = await bg.SchemaEngine.new({ datamodels }, () => {}, factory);
  const made = await engine.diff({
    from: { tag: "empty" },
    to: { tag: "schemaDatamodel", files },
    script: true,
    exitCode: null,
    shadowDatabaseUrl: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  return String(made.stdout ?? "");
}

describe("functions in Postgres", () => {
  it("of the worker stand in ARCHITECTURE.md, with the migration that has their text", () => {
    const newest = new Map<string, string>();
    for (const file of filesBelow("prisma/migrations")
      .filter((name) => name.endsWith(".sql"))
      .sort())
      for (const [, name = ""] of source(file).matchAll(/^create (?:or replace )?function (worker_\w+)/gm))
        newest.set(name, /migrations\/(\d+)_/.exec(file)?.[1] ?? "");
    const told = [...source("ARCHITECTURE.md").matchAll(/^\| `(worker_\w+)` \|[^|]*\| (\d+) \|/gm)];
    expect(Object.fromEntries(told.map(([, name, text]) => [name, text]))).toEqual(Object.fromEntries(newest));
  });
});
