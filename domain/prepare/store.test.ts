// What is read for preparing Exchange: each worker's address, the hops and the spam header of the newest mails, limits.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { noteSeen } from "@/domain/lane/settings";
import { storeBody } from "@/domain/message/body";
import { mintScope } from "@/domain/scope-mint";
import { type TestDatabase, testDatabase } from "@/test/database";
import { addMail, type Company, makeCompany } from "@/test/delivering";
import { prepareFacts } from "./store";

let db: TestDatabase;
let company: Company;
let other: Company;
const person = { kind: "person", personId: "00000000-0000-4000-8000-000000000001", name: "Ada" } as const;
const facts = ({ tenantId }: Company) => prepareFacts(mintScope(db.web, tenantId, person));

beforeAll(async () => {
  db = await testDatabase();
  company = await makeCompany(db, 25, { host: "mail.contoso.example" });
  other = await makeCompany(db, 25, { host: "mail.contoso.example" });
});
afterAll(() => db.drop());

/** A connection of a worker's that the server greeted so, as deliver writes it down. */
async function connected({ tenantId, exchangeId, sql }: Company, name: string, greetsUs: string, epoch = 0) {
  const token = randomUUID();
  await sql.query(
    `insert into lane_slot (tenant_id, exchange_id, n, token, worker_id, lease_until, settings_epoch)
     values ($1, $2, 1, $3, $3, now() + interval '1 minute', $4)
     on conflict (tenant_id, exchange_id, n) do update set token = $3, settings_epoch = $4`,
    [tenantId, exchangeId, token, epoch],
  );
  const scope = mintScope(db.worker, tenantId, { kind: "worker", workerId: token, name });
  const seen = { greeting: "", extensions: [], sizeLimit: null, starttlsOffered: true, encrypted: true } as const;
  const ref = { tenantId, exchangeId, token };
  await noteSeen(scope, ref, { ...seen, extensions: [], greetsUs, certificate: null, accepted: "any" }, null);
}

async function tested(
  { tenantId, sql }: Company,
  worker: string,
  verdict: unknown,
  at: string,
  host = "mail.contoso.example",
) {
  await sql.query(
    `insert into probe (tenant_id, kind, state, input, requested_by, worker, finished_at, verdict)
     values ($1, 'exchange', 'done', $2, 'Ada', $3, $4, $5)`,
    [tenantId, JSON.stringify({ settings: { host, port: 25 } }), worker, at, JSON.stringify(verdict)],
  );
}

async function collected(whose: Company, mailboxId: string | null, header: string[], sender: string) {
  const prefix = "Received: from pop.provider.example\r\n\tby ferry (Mailferry x) with POP3S\r\n\tid 1; x\r\n";
  const bytes = Buffer.from(`${prefix}${header.join("\r\n")}\r\nSubject: x\r\n\r\nwords\r\n`);
  const body = await storeBody(whose.sql, whose.tenantId, bytes, { prefixLength: prefix.length });
  return addMail(whose, { sender, columns: { body_id: body, mailbox_id: mailboxId, exchange_id: null } });
}

it("of a tenant that has nothing says so", async () => {
  const { server, ...rest } = await facts(other);
  expect(server).toMatchObject({ host: "mail.contoso.example", acceptsUnknown: null });
  expect(rest).toEqual({
    ...{ workers: [], test: null, domains: ["contoso.example"], hops: [], looked: 0, spam: null, largest: 0 },
    tooLarge: { mails: 0, largest: 0 },
  });
});

it("each worker once, by its newest greeting of this server under these settings", async () => {
  const told = (greetsUs: string | null) => ({
    ok: true,
    sentence: "right",
    facts: { greetsUs, sizeLimit: 37_748_736, case: "right" },
  });
  await tested(company, "ferry-2", told("Hello [192.0.2.8]"), "2026-11-20T10:00:00Z");
  await tested(company, "ferry-3", told("Hello [203.0.113.3]"), "2026-11-20T11:00:00Z", "old.contoso.example");
  await tested(company, "ferry-4", told(null), "2026-11-20T11:00:00Z");
  await connected(company, "ferry-1", "Hello [192.0.2.6]");
  await connected(company, "ferry-1", "Hello [192.0.2.7]");
  const seen = await facts(company);
  expect(seen.workers.map(({ worker, address }) => [worker, address])).toEqual([
    ["ferry-1", "192.0.2.7"],
    ["ferry-2", "192.0.2.8"],
  ]);
  expect(seen.test).toMatchObject({ ok: true, finding: "right" });
  await connected(company, "ferry-5", "welcome");
  expect((await facts(company)).workers.at(-1)).toMatchObject({
    worker: "ferry-5",
    address: null,
    greeting: "welcome",
  });
  // Other settings may lead to another server: what greeted before counts no more.
  await company.sql.query("update lane set settings_epoch = 1 where tenant_id = $1", [company.tenantId]);
  expect((await facts(company)).workers.map(({ worker }) => worker)).toEqual(["ferry-2"]);
  await connected(company, "ferry-1", "Hello [192.0.2.7]", 1);
  expect((await facts(company)).workers.map(({ worker }) => worker)).toEqual(["ferry-1", "ferry-2"]);
});

it("a connection writes down its greeting once, and workers that are long gone are forgotten", async () => {
  const rows = () =>
    company.sql.query<{ worker: string; seen_at: Date }>(
      "select worker, seen_at from lane_greeting where tenant_id = $1 order by worker",
      [company.tenantId],
    );
  const before = await rows();
  await connected(company, "ferry-1", "Hello [192.0.2.7]", 1);
  expect(await rows()).toEqual(before);
  expect(before.map(({ worker }) => worker)).toEqual(["ferry-1", "ferry-5"]);
  await company.sql.query("update lane_greeting set seen_at = now() - interval '40 days' where tenant_id = $1", [
    company.tenantId,
  ]);
  await connected(company, "ferry-1", "Hello [192.0.2.7]", 1);
  expect((await rows()).map(({ worker }) => worker)).toEqual(["ferry-1"]);
});

it("a greeting of a version before says the address, of whichever worker", async () => {
  const old = await makeCompany(db, 25);
  await old.sql.query("update lane set greets_us = 'Hello [192.0.2.9]' where tenant_id = $1", [old.tenantId]);
  expect((await facts(old)).workers).toEqual([expect.objectContaining({ worker: null, address: "192.0.2.9" })]);
});

it("hops and the spam header of the newest mails of each mailbox, of this tenant alone", async () => {
  const { rows } = await db.owner.pool.query<{ id: string }>(
    `insert into mailbox (tenant_id, name, protocol, host, port, username, recipient_mode, recipient_address)
     values ($1, 'info', 'pop3', 'pop.provider.example', 995, 'box', 'single', 'info@contoso.example') returning id`,
    [company.tenantId],
  );
  const line =
    "Received: from mx3.provider.example (mx3.provider.example [198.51.100.3])\r\n\tby store.provider.example (Postfix) with LMTP id 1; x";
  for (const n of [1, 2]) await collected(company, rows[0]?.id ?? "", [line, "X-Spam-Flag: YES"], `a@s${n}.example`);
  const theirs = line.replaceAll("mx3", "mx9").replace("100.3", "100.9");
  await collected(other, null, [theirs], "a@s1.example");
  const gone = await collected(company, rows[0]?.id ?? "", [theirs], "a@s3.example");
  await company.sql.query(
    "update body b set erased_at = now() from mail m where m.tenant_id = b.tenant_id and m.body_id = b.id and m.id = $1",
    [gone],
  );
  const seen = await facts(company);
  expect(seen.hops).toEqual([
    expect.objectContaining({ address: "198.51.100.3", standing: "sure", mails: 2, mailboxes: ["info"] }),
  ]);
  expect(seen).toMatchObject({ looked: 2, spam: { header: "X-Spam-Flag", mails: 2, marked: 2 } });
});

it("what lies in BADMAIL because it is too large", async () => {
  await addMail(company, {
    columns: { place: "badmail", state: "settled", reason_kind: "too-large", size: 48_000_000, next_attempt_at: null },
  });
  expect((await facts(company)).tooLarge).toEqual({ mails: 1, largest: 48_000_000 });
});
