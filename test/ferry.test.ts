// The main job, end to end: three companies, Dovecot as their provider, Postfix and two servers like Exchange as their
// destinations, the real worker as a process, killed in the middle.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyConfig } from "@/domain/config/apply";
import { readConfig } from "@/domain/config/read";
import { status } from "@/domain/status/status";
import { readPrivateKeys } from "@/lib/seal";
import { addedLines, markOf, type Sample, sample } from "./corpus";
import { type TestDatabase, testDatabase } from "./database";
import { certificate } from "./servers/certificates";
import { type Dovecot, dovecotPath, startDovecot } from "./servers/dovecot";
import { type ExchangeServer, startExchange } from "./servers/exchange";
import { postfixMissing, startPostfix } from "./servers/postfix";
import { type Place, preparePlace, startWorker, until } from "./worker-process";

const required = process.env.MAILFERRY_REQUIRE_PEERS === "1";
const missing = dovecotPath
  ? postfixMissing()
  : "Dovecot is not installed (apt-get install dovecot-imapd dovecot-pop3d)";
if (missing && !required) console.warn(`Left out, the main job end to end: ${missing}.`);

const places = ["delivered", "waiting", "held", "badmail", "expired", "discarded", "merged", "deleted"] as const;

async function bringIn(place: Place, text: string): Promise<void> {
  const read = readConfig(text);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const keys = await readPrivateKeys(place.keyFile);
  const applied = await applyConfig(place.db.owner, read.file, {
    check: false,
    prune: false,
    stopped: false,
    keys,
    env: {},
    now: new Date(),
  });
  if (!applied.ok) throw new Error(JSON.stringify(applied.faults));
}

/** Asks for the sum and throws when it does not hold; returns the places of all tenants together. */
async function sum(db: TestDatabase): Promise<Record<(typeof places)[number] | "collected", number>> {
  const { tenants } = await status(db.owner);
  const total = {
    collected: 0,
    delivered: 0,
    waiting: 0,
    held: 0,
    badmail: 0,
    expired: 0,
    discarded: 0,
    merged: 0,
    deleted: 0,
  };
  for (const tenant of tenants) {
    const all = places.reduce((count, place) => count + tenant[place], 0);
    if (all !== tenant.collected) throw new Error(`the sum of ${tenant.slug} does not hold: ${JSON.stringify(tenant)}`);
    for (const place of places) total[place] += tenant[place];
    total.collected += tenant.collected;
  }
  return total;
}

const sizes = (n: number): number =>
  n === 7 || n === 333
    ? 30_000_000
    : n % 100 === 50
      ? 4_000_000
      : n % 20 === 3
        ? 200_000
        : 1000 + ((n * 7919) % 20_000);

describe.skipIf(missing !== null && !required)("the main job", () => {
  let db: TestDatabase;
  let dovecot: Dovecot;
  const closers: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    db = await testDatabase();
    closers.push(() => db.drop());
  });
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });

  it("carries 1,000 mails of three companies, each whole and once, and the sum holds at every moment", async () => {
    const cert = await certificate();
    const postfix = await startPostfix(["contoso.example"]);
    closers.push(() => postfix.stop());
    const secure = await startExchange({ certificate: cert });
    const plain = await startExchange({ tls: "none" });
    closers.push(
      () => secure.stop(),
      () => plain.stop(),
    );
    const samples: Sample[] = [];
    const mails: Record<string, Buffer[]> = { info: [], all: [], sales: [], everything: [] };
    const put = (user: string, to: (n: number) => string, count: number) => {
      for (let i = 0; i < count; i++) {
        const n = samples.length;
        const made = sample(n, to(n), sizes(n));
        samples.push(made);
        mails[user]?.push(made.bytes);
      }
    };
    put("info", () => "info@contoso.example", 300);
    put("all", (n) => `person${n % 9}@fabrikam.example`, 300);
    put("sales", () => "sales@northwind.example", 200);
    put("everything", (n) => `box${n % 4}@northwind.example`, 200);
    dovecot = await startDovecot({
      users: { info: "one two", all: 'pass"word\\', sales: "three", everything: "fünf" },
      mails,
      tls: cert,
    });
    closers.push(() => dovecot.stop());
    const place = await preparePlace(db);
    await bringIn(
      place,
      threeCompanies(dovecot, { postfix: postfix.port, secure: secure.port, plain: plain.port }, cert.fingerprint),
    );
    const worker = startWorker(place);
    closers.push(() => worker.kill());
    await until("all 1,000 are delivered", async () => (await sum(db)).delivered === samples.length, 240_000).catch(
      async (error) => {
        throw new Error(
          `${error.message}: ${JSON.stringify(await sum(db))}\n${JSON.stringify(await status(db.owner), null, 1)}\n${worker.log().slice(-3000)}`,
        );
      },
    );
    await until("Postfix has put its mails into the mailbox", () => postfix.count() === 300);
    const arrived = [
      ...postfix.mails().map(toCrlf),
      ...secure.mails.map(({ raw }) => raw),
      ...plain.mails.map(({ raw }) => raw),
    ];
    compare(samples, arrived);
    expect(secure.mails.every(({ tls }) => tls !== null)).toBe(true);
    expect(
      secure.mails.every(({ recipients, raw }) => recipients.length === 1 && raw.includes(recipients[0] ?? "-")),
    ).toBe(true);
    await until("the provider's mailboxes are empty", async () => {
      const left = await Promise.all(Object.keys(mails).map((user) => dovecot.list(user)));
      return left.flat().length === 0;
    });
    expect(await worker.stop()).toBe(0);
  }, 400_000);

  it("loses nothing when the worker is killed at ten random moments; a copy only where the dot was pending, and marked", async () => {
    const own = await testDatabase();
    closers.push(() => own.drop());
    const server = await startExchange({ dotDelayMs: 15 });
    closers.push(() => server.stop());
    const samples = Array.from({ length: 500 }, (_, n) =>
      sample(n, "info@contoso.example", n % 50 === 9 ? 1_500_000 : 3000),
    );
    const source = await startDovecot({ users: { info: "one" }, mails: { info: samples.map(({ bytes }) => bytes) } });
    closers.push(() => source.stop());
    const place = await preparePlace(own);
    await bringIn(place, oneCompany(source, server));
    for (let round = 0; round < 10; round++) {
      const worker = startWorker(place);
      await new Promise((done) => setTimeout(done, 1500 + Math.random() * 2000));
      await worker.kill();
      await sum(own);
    }
    const worker = startWorker(place);
    closers.push(() => worker.kill());
    await until("all 500 are delivered", async () => (await sum(own)).delivered === samples.length, 180_000).catch(
      async (error) => {
        throw new Error(`${error.message}: ${JSON.stringify(await sum(own))}\n${worker.log().slice(-3000)}`);
      },
    );
    // All may be there before it hears what it is told.
    await until("the last worker runs", () => worker.log().includes("the worker runs"));
    expect(await worker.stop()).toBe(0);
    const byMark = new Map<string | null, Buffer[]>();
    for (const { raw } of server.mails) byMark.set(markOf(raw), [...(byMark.get(markOf(raw)) ?? []), raw]);
    const { rows } = await own.owner.pool.query<{ subject: string; copies: number }>(
      "select subject, possible_copies as copies from mail where kind = 'collected'",
    );
    const marked = rows.reduce((total, { copies }) => total + copies, 0);
    for (const { mark, expected } of samples) {
      const got = byMark.get(mark) ?? [];
      expect(got.length, mark).toBeGreaterThanOrEqual(1);
      for (const raw of got) expect(addedLines(raw, expected), mark).not.toBeNull();
    }
    expect(server.mails.length - samples.length).toBeLessThanOrEqual(marked);
    for (const { subject, copies } of rows) {
      const n = Number(/number (\d+)/.exec(subject)?.[1]);
      const got = byMark.get(samples[n]?.mark ?? "")?.length ?? 0;
      expect(got - 1, `copies of ${subject}`).toBeLessThanOrEqual(copies);
    }
  }, 400_000);
});

/** Postfix stores with LF line ends; everything else is as it came. */
const toCrlf = (stored: Buffer): Buffer => Buffer.from(stored.toString("latin1").replace(/\r?\n/g, "\r\n"), "latin1");

function compare(samples: Sample[], arrived: Buffer[]): void {
  expect(arrived.length).toBe(samples.length);
  const byMark = new Map(arrived.map((raw) => [markOf(raw), raw]));
  expect(byMark.size).toBe(samples.length);
  for (const { mark, expected, bytes } of samples) {
    const raw = byMark.get(mark);
    const lines = raw ? addedLines(raw, expected) : null;
    expect(lines, `${mark} arrived whole`).not.toBeNull();
    expect(lines?.[0]).toMatch(/^Received: .*\(Mailferry [0-9a-f]+\) with (POP3|IMAP)S? id /);
    const own = bytes.toString("latin1").includes("Message-ID:") ? 1 : 2;
    expect(lines, mark).toHaveLength(own);
  }
}

function threeCompanies(dovecot: Dovecot, ports: Record<"postfix" | "secure" | "plain", number>, pin: string): string {
  const { pop3, imap, imaps } = dovecot.ports;
  return `version: 1
tenants:
  - slug: contoso
    timeZone: UTC
    exchange: { host: 127.0.0.1, port: ${ports.postfix}, postmaster: postmaster@contoso.example }
    mailboxes:
      - { name: info, protocol: pop3, host: 127.0.0.1, port: ${pop3}, tls: "off", username: info, password: one two, pollSeconds: 30, recipients: { mode: single, address: info@contoso.example } }
  - slug: fabrikam
    timeZone: UTC
    exchange: { host: 127.0.0.1, port: ${ports.secure}, tls: require, certificate: "sha256:${pin}", postmaster: postmaster@fabrikam.example }
    mailboxes:
      - { name: all, protocol: imap, host: 127.0.0.1, port: ${imaps}, tls: implicit, certificate: "sha256:${pin}", username: all, password: 'pass"word\\', pollSeconds: 30, recipients: { mode: headers, domains: [fabrikam.example] } }
  - slug: northwind
    timeZone: UTC
    exchange: { host: 127.0.0.1, port: ${ports.plain}, postmaster: postmaster@northwind.example }
    mailboxes:
      - { name: sales, protocol: pop3, host: 127.0.0.1, port: ${pop3}, tls: starttls, certificate: "sha256:${pin}", username: sales, password: three, pollSeconds: 30, recipients: { mode: single, address: sales@northwind.example } }
      - { name: everything, protocol: imap, host: 127.0.0.1, port: ${imap}, tls: starttls, certificate: "sha256:${pin}", username: everything, password: fünf, pollSeconds: 30, recipients: { mode: headers, domains: ["@northwind.example"] } }
`;
}

function oneCompany(source: Dovecot, server: ExchangeServer): string {
  return `version: 1
tenants:
  - slug: contoso
    timeZone: UTC
    exchange: { host: 127.0.0.1, port: ${server.port}, postmaster: postmaster@contoso.example, retryMinutes: 1 }
    mailboxes:
      - { name: info, protocol: pop3, host: 127.0.0.1, port: ${source.ports.pop3}, tls: "off", username: info, password: one, pollSeconds: 30, maxPerPoll: 50, recipients: { mode: single, address: info@contoso.example } }
`;
}
