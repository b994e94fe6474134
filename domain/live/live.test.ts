// News on a real Postgres: from whoever committed to the streams that may have it, and what comes of a deaf connection.
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { beginSession, endSession } from "@/domain/person/session";
import { type TestDatabase, testDatabase } from "@/test/database";
import { startDeafPooler } from "@/test/servers/deaf-pooler";
import { changed } from "./changed";
import { Hub, type Listener, streamsPerPerson } from "./hub";
import { newsName } from "./name";
import type { Topic } from "./topics";
import { earsOf, watchesIn, watchesOf } from "./watches";

let db: TestDatabase;
const hubs: Hub[] = [];
const times = { everyMs: 100, echoMs: 400, againMs: 50 };

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());
afterEach(() => {
  for (const hub of hubs.splice(0)) hub.endAll();
});

const hubAt = (url: string, lookMs = 60_000): Hub => {
  const hub = new Hub(url, times, lookMs);
  hubs.push(hub);
  return hub;
};

interface Heard extends Listener {
  heard: Topic[][];
  ended: boolean;
}
const listener = (ears: ReturnType<Listener["ears"]>): Heard => {
  const one: Heard = {
    heard: [],
    ended: false,
    ears: () => ears,
    hear: (about) => one.heard.push([...about]),
    end: () => {
      one.ended = true;
    },
  };
  return one;
};
const all = { everything: true, names: new Set<string>() };
const poll = { timeout: 10_000, interval: 20 };
/** The first look comes when the ear hears: what is said then, is heard. */
const listens = (one: Heard) => expect.poll(() => one.heard.length, poll).toBeGreaterThan(0);

describe("news", () => {
  it("reaches its own tenant's streams and those that hear all, and no other tenant's", async () => {
    const [ours, theirs] = [randomUUID(), randomUUID()];
    const hub = hubAt(db.urls.web);
    const [mine, other, provider] = [listener(earsOf(ours)), listener(earsOf(theirs)), listener(all)];
    hub.join("a", mine);
    hub.join("b", other);
    hub.join("c", provider);
    await listens(provider);
    for (const one of [mine, other, provider]) one.heard = [];
    changed(db.worker, ours, "mail");
    changed(db.worker, ours, "lane");
    await expect.poll(() => mine.heard, poll).toEqual([["mail", "lane"]]);
    await expect.poll(() => provider.heard, poll).toEqual([["mail", "lane"]]);
    changed(db.worker, theirs, "test");
    await expect.poll(() => other.heard, poll).toEqual([["test"]]);
    expect(mine.heard).toHaveLength(1);
  });

  it("is gathered: a thousand changes in a moment are three payloads, and nothing is lost", async () => {
    const hub = hubAt(db.urls.web);
    const provider = listener(all);
    hub.join("a", provider);
    await listens(provider);
    provider.heard = [];
    const tenants = Array.from({ length: 1000 }, () => randomUUID());
    for (const tenant of tenants) changed(db.worker, tenant, "mail");
    const last = listener(earsOf(tenants.at(-1) ?? ""));
    hub.join("b", last);
    await expect.poll(() => last.heard, poll).toEqual([["mail"]]);
    changed(db.worker, tenants[0] ?? null, "lane");
    await expect.poll(() => provider.heard.flat(), poll).toContain("lane");
    // 1000 names need three payloads of 8000 octets.
    expect(provider.heard.filter(([topic]) => topic === "mail")).toHaveLength(3);
  });

  it("names tenants by what tells nothing of their id", () => {
    const id = "3f2a91c4-7b0d-4e58-9a6c-d1e2f3a4b5c6";
    const name = newsName(id);
    expect(name).toMatch(/^[\w-]{11}$/);
    expect(newsName(id)).toBe(name);
    // A piece of the id, or another way of writing it, would change where the id does. A hash changes all over.
    for (const [at, digit] of [...id].entries()) {
      if (digit === "-") continue;
      const near = newsName(`${id.slice(0, at)}${digit === "0" ? "1" : "0"}${id.slice(at + 1)}`);
      expect([...near].filter((letter, n) => letter === name[n]).length, `digit ${at}`).toBeLessThan(4);
    }
  });

  it("is believed again after the connection was lost: everybody looks once", async () => {
    const hub = hubAt(db.urls.web);
    const provider = listener(all);
    hub.join("a", provider);
    await listens(provider);
    provider.heard = [];
    await db.owner.pool.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mailferry live' and datname = $1",
      [db.name],
    );
    await expect.poll(() => provider.heard[0], poll).toContain("settings");
  });

  it("that a pooler swallows is looked for instead, until the pooler lets it through", async () => {
    const pooler = await startDeafPooler(db.urls.web);
    try {
      const hub = hubAt(pooler.url, 100);
      const one = listener(earsOf(randomUUID()));
      hub.join("a", one);
      await expect.poll(() => one.heard.length, poll).toBeGreaterThan(3);
      expect(one.heard[0]).toEqual(["mail", "lane", "mailbox", "test", "settings"]);
      pooler.hearing = true;
      const looks = async () => {
        const before = one.heard.length;
        // Three times the looks' pace, in which nobody has to look any more.
        await db.owner.pool.query("select pg_sleep(0.3)");
        return one.heard.length - before;
      };
      await expect.poll(looks, poll).toBe(0);
    } finally {
      await pooler.stop();
    }
  });
});

describe("streams", () => {
  it("are bounded per person, and each may come back when one is closed", () => {
    const hub = hubAt(db.urls.web);
    const leaves = Array.from({ length: streamsPerPerson }, () => hub.join("a", listener(all)));
    expect(leaves).not.toContain(null);
    expect(hub.join("a", listener(all))).toBeNull();
    expect(hub.join("b", listener(all))).not.toBeNull();
    leaves[0]?.();
    expect(hub.join("a", listener(all))).not.toBeNull();
  });

  it("end when the portal stops", () => {
    const hub = hubAt(db.urls.web);
    const one = listener(all);
    hub.join("a", one);
    hub.endAll();
    expect(one.ended).toBe(true);
  });
});

describe("whose news a person hears", () => {
  const visitor = { address: "192.0.2.1", agent: "" };
  const person = async (email: string, role: string | null) => {
    const { rows } = await db.owner.pool.query<{ id: string }>(
      "insert into person (email, platform_role) values ($1, $2) returning id",
      [email, role],
    );
    const id = rows[0]?.id ?? "";
    return { id, token: await beginSession(db.web, id, visitor, new Date()) };
  };
  const tenant = async (slug: string, state = "active") => {
    const { rows } = await db.owner.pool.query<{ id: string }>(
      "insert into tenant (slug, name, time_zone, state) values ($1, $1, 'UTC', $2) returning id",
      [slug, state],
    );
    return rows[0]?.id ?? "";
  };
  const member = (tenantId: string, personId: string) =>
    db.owner.pool.query("insert into membership (tenant_id, person_id, role) values ($1, $2, 'viewer')", [
      tenantId,
      personId,
    ]);

  it("is everybody's with a platform role, that of open tenants of their own without", async () => {
    const viewer = await person("viewer@provider.example", "viewer");
    expect(await watchesOf(db.web, viewer.token)).toEqual({ everything: true, names: new Set() });
    const anna = await person("anna@here.example", null);
    const [own, closed] = [await tenant("own"), await tenant("shut", "closed")];
    await tenant("not-hers");
    await member(own, anna.id);
    await member(closed, anna.id);
    expect(await watchesOf(db.web, anna.token)).toEqual({ everything: false, names: new Set([newsName(own)]) });
    await db.owner.pool.query("delete from membership where person_id = $1", [anna.id]);
    expect(await watchesOf(db.web, anna.token)).toEqual({ everything: false, names: new Set() });
  });

  it("is nobody's when the session ended or the person is disabled, and asking is no use of the session", async () => {
    const one = await person("one@here.example", null);
    await db.owner.pool.query("update session set last_seen_at = now() - interval '11 hours' where person_id = $1", [
      one.id,
    ]);
    expect(await watchesOf(db.web, one.token)).not.toBeNull();
    const { rows } = await db.owner.pool.query(
      "select last_seen_at < now() - interval '10 hours' as idle from session where person_id = $1",
      [one.id],
    );
    expect(rows).toEqual([{ idle: true }]);
    await db.owner.pool.query("update person set disabled_at = now() where id = $1", [one.id]);
    expect(await watchesOf(db.web, one.token)).toBeNull();
    const two = await person("two@here.example", "admin");
    await endSession(db.web, two.token);
    expect(await watchesOf(db.web, two.token)).toBeNull();
    expect(await watchesOf(db.web, "no such token")).toBeNull();
  });

  it("is nobody's while their role needs a second factor that they haven't, of all tenants and of one", async () => {
    const here = { id: await tenant("factors"), slug: "factors" };
    const [admin, operator] = [await person("a@factors.example", "admin"), await person("o@factors.example", null)];
    await db.owner.pool.query("insert into membership (tenant_id, person_id, role) values ($1, $2, 'operator')", [
      here.id,
      operator.id,
    ]);
    const needed = (roles: string) =>
      db.owner.pool.query("update platform_setting set value = $1 where key = 'second-factor-roles'", [roles]);
    const heard = async () => [
      await watchesOf(db.web, admin.token),
      await watchesIn(db.web, admin.token, here),
      await watchesOf(db.web, operator.token),
      await watchesIn(db.web, operator.token, here),
    ];
    const ears = earsOf(here.id);
    expect(await heard()).toEqual([all, ears, ears, ears]);
    await needed('["admin", "operator"]');
    expect(await heard()).toEqual([null, null, null, null]);
    await db.owner.pool.query(
      "insert into passkey (person_id, credential_id, public_key, name) values ($1, 'c', '\\x00', 'key')",
      [operator.id],
    );
    expect(await heard()).toEqual([null, null, ears, ears]);
    await needed("[]");
    const other = { id: await tenant("others"), slug: "others" };
    expect(await watchesIn(db.web, operator.token, other)).toBeNull();
    expect(await watchesIn(db.web, operator.token, { ...other, slug: "factors" })).toBeNull();
  });
});
