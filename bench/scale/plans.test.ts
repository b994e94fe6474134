// Which way the steps take that every worker repeats: by an index of what they are about, on tables that are just large enough that
// it matters. Postgres' own words are read (auto_explain), and no times.
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "@/bench/trace/world";
import { raiseLanes, resolveLanes } from "@/domain/alert/lanes";
import { claimAlerts, forgetUntold, markNotConfigured } from "@/domain/alert/store";
import { claimLane } from "@/domain/lane/claim";
import { checkSums } from "@/domain/ledger/check";
import { claimProof } from "@/domain/ledger/proof";
import { claimMailboxes } from "@/domain/mailbox/claim";
import { endEmptyIncidents, noteFailure } from "@/domain/mailbox/incident";
import { endLostProbes } from "@/domain/probe/run";
import { eraseBodies, forgetIdentities } from "@/domain/retention/mail";
import { claimTenants } from "@/domain/retention/platform";
import { mintScope } from "@/domain/scope-mint";
import type { Db } from "@/lib/db";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type Explained, openExplained } from "@/test/explained";
import { addHistory } from "./history";
import { makeWorld } from "./world";

const wish = {
  workerId: "00000000-0000-4000-8000-000000000001",
  sites: ["main"],
  count: 20,
  perTenant: 5,
  leaseSeconds: 60,
};
let db: TestDatabase;
let explained: Explained;
let client: Awaited<ReturnType<typeof connect>>;

beforeAll(async () => {
  db = await testDatabase();
  client = await connect(db.urls.owner);
  await makeWorld(client, null, { tenants: 1000, mailboxes: 5, sourcePort: 1, sinkPort: 1 });
  await addHistory(client, 20_000, 0.2, () => {});
  await client.query("update mailbox_state set due_at = now() - interval '1 minute' where random() < 0.1");
  await client.query(
    `insert into probe (tenant_id, site, kind, input, state, requested_by)
     select id, 'main', 'mailbox', '{}', 'done', 'Ann' from tenant, generate_series(1, 5)`,
  );
  await client.query(
    `insert into secret (tenant_id, row_id, field, key_id, sealed) select tenant_id, mailbox_id, 'password', 'k', '\\x00' from mailbox_state`,
  );
  await client.query(
    `insert into alert (cause, kind, tenant_id, text)
     select 'lane:' || tenant_id || ':' || exchange_id, 'lane', tenant_id, 'It is away.' from lane limit 3`,
  );
  // Told, and told that they are over: of all that happened in 90 days only these are many.
  await client.query(
    `insert into alert (cause, kind, text, told_at, resolved_at, resolved_told_at)
     select 'lane:' || n, 'lane', 'It was away.', now(), now(), now() from generate_series(1, 3000) n`,
  );
  await client.query(
    "insert into alert (cause, kind, text, facts) values ('provider:h', 'provider', 'x', '{\"host\": \"h\"}')",
  );
  await client.query("analyze");
  explained = openExplained(db.urls.owner);
}, 120_000);
afterAll(async () => {
  await explained?.db.close();
  await client?.end();
  await db?.drop();
});

const tenant = async (own: Db) =>
  mintScope(own, (await own.prisma.tenant.findFirstOrThrow({ where: { slug: "t1" } })).id, {
    kind: "command",
    name: "bench",
  });

const steps: [string, (own: Db) => Promise<unknown>, RegExp[]][] = [
  ["mailboxes are claimed", (own) => claimMailboxes(own, wish), [/mailbox_due/, /mailbox_leased/, /tenant_away/]],
  [
    "a mailbox fails",
    async (own) => {
      const [one] = await claimMailboxes(own, { ...wish, count: 1 });
      if (one) await noteFailure(own, one);
    },
    [/mailbox_failing/],
  ],
  ["an incident is over", endEmptyIncidents, [/mailbox_failing/]],
  ["lanes are down", (own) => raiseLanes(own, ["main"]), [/lane_down/]],
  ["lanes work again", resolveLanes, [/lane_pkey/]],
  ["the good end of alerts is told", (own) => claimAlerts(own), [/alert_over/, /alert_open/]],
  ["alerts that nobody was told of", forgetUntold, [/alert_untold/]],
  ["nobody can be told", markNotConfigured, [/alert_open/]],
  ["tests that nobody runs", endLostProbes, [/probe_stopped/]],
  [
    "nobody is to be tidied, or to be proved",
    async (own) => {
      await client.query("update tenant set tidy_due_at = now() + interval '5 minutes'");
      await client.query("update ledger_proof set due_at = now() + interval '5 minutes'");
      await client.query("vacuum (analyze) tenant, ledger_proof");
      explained.plansOf("");
      expect(await claimTenants(own, ["main"], new Date())).toEqual([]);
      expect(readOf(explained.plansOf("tidy_due_at"), /^tenant$/)).toBe(0);
      expect(await claimProof(own, ["main"], new Date())).toBeNull();
      expect(readOf(explained.plansOf("due_at"), /^(?:tenant|ledger_proof)$/)).toBe(0);
      await client.query("update tenant set tidy_due_at = now() - interval '1 minute'");
      await client.query("update ledger_proof set due_at = now() - interval '1 minute'");
      await client.query("vacuum (analyze) tenant, ledger_proof");
    },
    [],
  ],
  [
    "some of the tenants are to be tidied",
    async (own) => expect(await claimTenants(own, ["main"], new Date())).toHaveLength(100),
    [/using tenant_tidy on tenant .* rows=100\.00 loops=1\)/],
  ],
  [
    "one is to be proved",
    async (own) => expect(await claimProof(own, ["main"], new Date())).not.toBeNull(),
    [/using ledger_proof_due on ledger_proof .* rows=1\.00 loops=1\)/],
  ],
  [
    "sums of some tenants",
    async (own) => {
      const some = await own.prisma.tenant.findMany({ where: { slug: { startsWith: "t99" } }, select: { id: true } });
      explained.plansOf("");
      const ids = some.map(({ id }) => id);
      expect((await checkSums(own, ids, new Date())).size).toBe(11);
    },
    [/using ledger_pkey on ledger .* loops=11\)/],
  ],
  ["bodies are erased", async (own) => eraseBodies(await tenant(own), 72, new Date()), [/body_due/]],
  ["identities are forgotten", async (own) => forgetIdentities(await tenant(own), new Date()), [/identity_closed/]],
];

test.each(steps)("%s: by what it is about", async (_name, run, indexes) => {
  explained.plansOf("");
  await run(explained.db);
  const plans = explained.plansOf("");
  for (const index of indexes) expect(plans).toMatch(index);
  expect(plans).not.toMatch(
    /Seq Scan on (?:public\.)?(?:mailbox|mailbox_state|lane|exchange|identity|probe|secret|body|mail|alert|tenant|ledger|ledger_proof)\b/,
  );
});

test("of a tenant whose bytes are kept only those are read that may be due", async () => {
  const { rows } = await client.query<{ tenant: string; n: number }>(
    `select t.id as tenant, count(*)::int as n from tenant t join body b on b.tenant_id = t.id and b.complete and b.erased_at is null
     where t.slug = 't1' group by 1`,
  );
  const [{ tenant: id, n } = { tenant: "", n: 0 }] = rows;
  expect(n).toBeGreaterThan(100);
  await client.query(
    `update body set created_at = now() - interval '4 days' where tenant_id = $1 and id in (
       select body_id from mail where tenant_id = $1 and settled_at > now() - interval '3 days' order by settled_at limit 7)`,
    [id],
  );
  await client.query(
    "update mail set settled_at = settled_at - interval '4 days' where tenant_id = $1 and body_id in (select id from body where created_at < now() - interval '3 days')",
    [id],
  );
  await client.query("vacuum (analyze) body");
  explained.plansOf("");
  expect(await eraseBodies(await tenant(explained.db), 72, new Date())).toEqual({ looked: 7, erased: 7, more: false });
  const plans = explained.plansOf("");
  expect(plans).toMatch(/Index Scan (?:using|on) body_due .* rows=7\.00 loops=1\)/);
  for (const [, read] of plans.matchAll(/Scan .*\bon (?:body|mail)\b.* rows=([\d.]+) /g))
    expect(Number(read)).toBeLessThanOrEqual(7);
  expect(await eraseBodies(await tenant(explained.db), 72, new Date())).toEqual({ looked: 0, erased: 0, more: false });
});

test("when everything is due a claim reads as much as it chooses from, in the order of its index", async () => {
  await client.query(
    "update mailbox_state set due_at = now() - random() * interval '1 hour', lease_token = null, lease_until = null",
  );
  await client.query("vacuum (analyze) mailbox_state");
  explained.plansOf("");
  await claimMailboxes(explained.db, wish);
  const plan = explained.plansOf("busy as materialized");
  expect(plan).toMatch(/Index Scan using mailbox_due on mailbox_state \w+ .* rows=250\.00 /);
  expect(plan).toMatch(/tenant_away on tenant/);
  expect(plan).toMatch(/LockRows .* rows=1\.00 loops=20\)/);
  expect(plan).not.toMatch(/Seq Scan on (?:mailbox|tenant)/);
});

test("behind a tenant with thousands that are due a claim asks so many other tenants, each for its first", async () => {
  await client.query(
    "update mailbox_state set due_at = now() + interval '1 hour', lease_token = null, lease_until = null",
  );
  await client.query(
    `with m as (insert into mailbox (tenant_id, name, protocol, host, port, username, recipient_mode)
       select id, 'More ' || n, 'pop3', 'h', 995, 'more' || n, 'single' from tenant, generate_series(1, 2000) n where slug = 't7'
       returning tenant_id, id)
     insert into mailbox_state (tenant_id, mailbox_id, due_at) select tenant_id, id, now() - interval '1 hour' from m`,
  );
  await client.query(
    "update mailbox_state set due_at = now() - interval '1 minute' where tenant_id in (select id from tenant where slug <> 't7')",
  );
  await client.query("vacuum (analyze) mailbox_state");
  const { rows } = await client.query<{ id: string }>("select id from tenant where slug = 't7'");
  explained.plansOf("");
  const claimed = await claimMailboxes(explained.db, wish);
  const plan = explained.plansOf("busy as materialized");
  expect(new Set(claimed.map(({ tenantId }) => tenantId)).size).toBe(20);
  expect(claimed.filter(({ tenantId }) => tenantId === rows[0]?.id)).toHaveLength(1);
  expect(plan).toMatch(/Index Scan using mailbox_due on mailbox_state \w+ .* rows=250\.00 /);
  // Tenant after tenant: one row of each, and the first that is due.
  expect(plan).toMatch(/using mailbox_turn on mailbox_state \w+ .* rows=(?:1|0\.99)\.?\d* loops=20\d\)/);
  expect(readOf(plan)).toBeLessThan(1000);
  expect(plan).not.toMatch(/Seq Scan on (?:mailbox|tenant)/);
  // When it has its share the others' turn comes all the same, and no more is read for it.
  await claimMailboxes(explained.db, { ...wish, perTenant: 1 });
  expect(readOf(explained.plansOf("busy as materialized"))).toBeLessThan(1000);
});

/** How many rows of these tables or by these indexes a statement read, those included that it left out. */
function readOf(plan: string, of = /^mailbox_/): number {
  let rows = 0;
  let loops = 0;
  for (const line of plan.split("\n")) {
    const scan = /Scan.* on (\w+) .*actual time=\S+ rows=([\d.]+) loops=(\d+)/.exec(line);
    if (/->/.test(line)) loops = 0;
    if (scan && of.test(scan[1] ?? "")) {
      loops = Number(scan[3]);
      rows += Number(scan[2]) * loops;
    }
    const left = /Rows Removed by (?:Index Recheck|Filter): (\d+)/.exec(line);
    if (left) rows += Number(left[1]) * loops;
  }
  return rows;
}

test("when every lane is due a claim looks at the first fifty, by their index", async () => {
  await client.query("update lane set due_at = now() - random() * interval '1 hour'");
  await client.query("vacuum (analyze) lane");
  explained.plansOf("");
  const claimant = { workerId: wish.workerId, sites: ["main"], leaseSeconds: 60, uncertainSeconds: 600 };
  expect(await claimLane(explained.db, claimant)).not.toBeNull();
  const plans = explained.plansOf(" from lane l");
  expect(plans).toMatch(/Index Scan using lane_due on lane \w+ .* rows=50\.00 /);
  expect(plans).toMatch(/LockRows .* rows=1\.00 loops=1\)/);
  expect(plans).not.toMatch(/Seq Scan on (?:lane|exchange)\b/);
  expect(Number(/Buffers: shared hit=(\d+)/.exec(plans)?.[1])).toBeLessThan(300);
});
