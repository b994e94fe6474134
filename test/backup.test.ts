// The drill: a backup in the middle of the work, a disaster later, a restore elsewhere, and the worker goes on. The real
// commands and the real worker as programs.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { holds, sumsIn } from "@/domain/ledger/sum";
import { sqlOf } from "@/domain/scope";
import { bringIn, emptied, envOf, mailferry, newFolder } from "./backup-world";
import { addedLines, markOf, type Sample, sample } from "./corpus";
import { type TestDatabase, testDatabase } from "./database";
import { type ExchangeServer, startExchange } from "./servers/exchange";
import { type Pop3Server, startPop3 } from "./servers/pop3";
import { type Place, preparePlace, startWorker, until, type WorkerProcess } from "./worker-process";

const closers: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

const to = "info@contoso.example";
/** In minutes; nothing is deleted at the provider while the test runs. */
const delay = "60";

const company = (source: Pop3Server, server: ExchangeServer) => `version: 1
tenants:
  - slug: contoso
    timeZone: UTC
    exchange: { host: 127.0.0.1, port: ${server.port}, postmaster: postmaster@contoso.example, retryMinutes: 1, maxConnections: 3 }
    mailboxes:
      - { name: info, protocol: pop3, host: 127.0.0.1, port: ${source.port}, tls: "off", username: info, password: one, pollSeconds: 30, maxPerPoll: 200, recipients: { mode: single, address: ${to} } }
      - { name: sales, protocol: pop3, host: 127.0.0.1, port: ${source.port}, tls: "off", username: sales, password: two, pollSeconds: 30, after: keep, recipients: { mode: single, address: ${to} } }
`;

interface MailRow {
  subject: string;
  place: string;
  state: string;
  copies: number;
  /** how the restore is told in its journey */
  told: string | null;
}

async function mailsOf(db: TestDatabase): Promise<Map<number, MailRow>> {
  const { rows } = await db.owner.pool.query<MailRow>(
    `select subject, place, state, possible_copies as copies, (select string_agg(e.text, '; ') from mail_event e
       where e.tenant_id = m.tenant_id and e.mail_id = m.id and e.kind in ('restored', 'collected-again')) as told
     from mail m where kind = 'collected'`,
  );
  return new Map(rows.map((row) => [Number(/number (\d+)/.exec(row.subject)?.[1]), row]));
}

async function sumHolds(db: TestDatabase): Promise<void> {
  const { rows } = await db.owner.pool.query<{ id: string }>("select id from tenant");
  const sums = await sumsIn(
    sqlOf(db.owner.pool),
    rows.map(({ id }) => id),
  );
  for (const sum of sums.values()) expect(holds(sum), JSON.stringify(sum)).toBe(true);
}

const counted = async (db: TestDatabase, condition: string): Promise<number> =>
  (await db.owner.pool.query<{ n: number }>(`select count(*)::int as n from mail where ${condition}`)).rows[0]?.n ?? 0;

const pollNow = (db: TestDatabase) =>
  db.owner.pool.query("update mailbox_state set due_at = now() where lease_until is null");

/** Mail whose answer was lost waits long enough to be met by the backup. */
const worker = (place: Place): WorkerProcess => {
  const started = startWorker(place, { MAILFERRY_DELETE_DELAY_MINUTES: delay, MAILFERRY_UNCERTAIN_SECONDS: "15" });
  closers.push(() => started.kill());
  return started;
};

it("a backup amid the work, a disaster, a restore: all of it arrives whole, copies only where marked, and the sum holds", async () => {
  const old = await testDatabase();
  closers.push(() => old.drop());
  const place = await preparePlace(old);
  const server = await startExchange({});
  const source = await startPop3({ users: { info: "one", sales: "two" } });
  closers.push(
    () => server.stop(),
    () => source.close(),
  );
  const samples: Sample[] = [];
  const put = (count: number, box = "info") => {
    for (let i = 0; i < count; i++) {
      const n = samples.length;
      const made = sample(n, to, n === 13 ? 3_000_000 : 2000 + n * 100);
      samples.push(made);
      source.add(box, made.bytes, `uid-${n}`);
    }
  };
  put(20);
  await bringIn(place, company(source, server));
  await old.owner.pool.query(
    `with p as (insert into person (email, platform_role) values ('ada@provider.example', 'admin') returning id),
     s as (insert into session (token_hash, person_id, expires_at) select 'a', id, now() + interval '1 day' from p)
     insert into one_time_link (person_id, kind, token_hash, expires_at)
     select id, 'reset', 'a', now() + interval '1 hour' from p`,
  );
  const first = worker(place);
  await until("the first are delivered", () => server.mails.length === 20);
  await until("that is written down", async () => (await counted(old, "place = 'delivered'")) === 20);

  // Some lose their answer, then answers are late, so that at the backup mail is in every state of waiting.
  server.options.loseAnswers = 2;
  put(20);
  await pollNow(old);
  // Two in a row stop the lane until its retry interval is over: here it is at once.
  const tryLane = () =>
    old.owner.pool.query(
      "update lane set next_try_at = now(), due_at = now() where state = 'open' and next_try_at > now()",
    );
  await until("answers were lost", async () => {
    await tryLane();
    return server.options.loseAnswers === 0;
  });
  server.options.dotDelayMs = 2500;
  put(20);
  await pollNow(old);
  await until("mail waits, and some is being sent", async () => {
    await tryLane();
    return (await counted(old, "true")) === 60 && (await counted(old, "state = 'sending'")) > 0;
  });
  const file = join(newFolder(), "mailferry.backup");
  const took = await mailferry(["backup", file], {
    ...envOf(old, place.folder),
    MAILFERRY_DELETE_DELAY_MINUTES: delay,
  });
  expect(took, took.err).toMatchObject({ code: 0, err: "" });
  expect(took.out).toMatch(/\.backup: \d+ tables, \d+ rows, \d+\.\d MB, as of 20/);
  expect(statSync(file).mode & 0o777).toBe(0o600);

  // What happens afterwards is not in the backup: the rest is delivered, more comes in and is delivered too.
  server.options.dotDelayMs = 0;
  put(15);
  put(3, "sales");
  await pollNow(old);
  await until("all is delivered", async () => (await counted(old, "place = 'delivered'")) === 78, 120_000);
  source.take("info", "uid-3");
  const before = new Map<string | null, number>();
  for (const { raw } of server.mails) before.set(markOf(raw), (before.get(markOf(raw)) ?? 0) + 1);

  await first.kill();
  await old.drop();
  const fresh = await emptied(await testDatabase());
  closers.push(() => fresh.drop());
  const folder = newFolder();
  const back = await mailferry(["restore", file], envOf(fresh, folder));
  expect(back, back.err).toMatchObject({ code: 0, err: "" });
  expect(back.out).toContain("1 tenant");
  expect(back.out).toContain("No mail is missing: what was collected since is still at its provider");
  expect(back.out).toContain("is collected again, marked as possibly delivered twice");
  const keyFile = join(folder, "private.key");
  expect(readFileSync(keyFile, "utf8")).toBe(readFileSync(place.keyFile, "utf8"));
  expect(statSync(keyFile).mode & 0o777).toBe(0o600);

  // A session or a link of then may have been ended or used since.
  const { rows: open } = await fresh.owner.pool.query(
    `select 1 from session where ended_at is null union all select 1 from one_time_link where used_at is null
     union all select 1 from worker union all select 1 from lane_slot union all
     select 1 from mailbox_state where lease_token is not null`,
  );
  expect(open).toEqual([]);
  expect(back.out).toContain("1 open invitation or reset ended");

  const restored = await mailsOf(fresh);
  await sumHolds(fresh);
  const states = [...restored.values()].map(({ state }) => state);
  expect(states).not.toContain("sending");
  expect(states).toContain("ready");
  // Two whose answer was lost at the backup, and what was between the dot and its answer then.
  expect(states.filter((state) => state === "uncertain").length).toBeGreaterThan(2);
  const marked = [...restored.values()].filter(({ place: where }) => where === "waiting");
  expect(marked.length).toBeGreaterThan(3);
  expect(back.out).toContain(`${marked.length} mails that waited at the backup may have been delivered since`);
  for (const row of marked) {
    expect(row.copies).toBeGreaterThanOrEqual(1);
    expect(row.told).toMatch(/^Restored from a backup of 20.* UTC: may have been delivered since\.$/);
  }
  expect([...restored.values()].filter((row) => row.place === "delivered" && row.told !== null)).toEqual([]);

  const second = worker({ ...place, db: fresh, folder, keyFile, env: { ...place.env, ...envOf(fresh, folder) } });
  await until(
    "all is delivered",
    async () => (await counted(fresh, "place = 'delivered'")) === samples.length,
    120_000,
  );
  // Once all that was there at the restore is collected, what comes is new.
  await until("the first round is over", async () => {
    await pollNow(fresh);
    return (await fresh.owner.pool.query("select 1 from mailbox_state where restored_open")).rowCount === 0;
  });
  const since = samples.length;
  put(1);
  put(1, "sales");
  await pollNow(fresh);
  await until("what is new is delivered", async () => (await counted(fresh, "place = 'delivered'")) === samples.length);
  expect(await second.stop()).toBe(0);
  await sumHolds(fresh);

  const byMark = new Map<string | null, Buffer[]>();
  for (const { raw } of server.mails) byMark.set(markOf(raw), [...(byMark.get(markOf(raw)) ?? []), raw]);
  const after = await mailsOf(fresh);
  for (const [n, { mark, expected }] of samples.entries()) {
    const got = byMark.get(mark) ?? [];
    expect(got.length, mark).toBeGreaterThanOrEqual(1);
    for (const raw of got) expect(addedLines(raw, expected), mark).not.toBeNull();
    const row = after.get(n);
    // In the backup: copies only where marked. Not in it: collected again, once, since it was kept there; and marked.
    if (restored.has(n)) expect(got.length - 1, mark).toBeLessThanOrEqual(row?.copies ?? 0);
    else expect(got.length, mark).toBe((before.get(mark) ?? 0) + 1);
    if (n >= since) expect(row, mark).toMatchObject({ copies: 0, told: null });
    else if (!restored.has(n))
      expect(row, mark).toMatchObject({
        copies: 1,
        told: expect.stringMatching(/^Collected after a restore from a backup/),
      });
  }
  expect(restored.size).toBe(60);
}, 300_000);
