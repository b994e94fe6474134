// Collecting after a restore: what may have been collected and delivered between backup and disaster is marked, and nothing
// else.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { settle } from "@/domain/backup/settle";
import { sqlOf } from "@/domain/scope";
import { makeWorker, makeWorld } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { startImap } from "@/test/servers/imap";
import { type Pop3Rudeness, startPop3 } from "@/test/servers/pop3";
import type { WorkerContext } from "./room";

let db: TestDatabase;
let context: WorkerContext;
const servers: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  db = await testDatabase();
  context = await makeWorker(db);
});
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
afterAll(() => db.drop());

const hour = 3_600_000;
const now = Date.now();
const ago = (hours: number) => new Date(now - hours * hour);
const takenAt = ago(10);
/** As a restore leaves the database of a backup of then, at which all that is here was delivered. */
async function restore(of = takenAt) {
  await db.owner.pool.query("update mail set place = 'delivered', state = 'settled'");
  await settle(sqlOf(db.owner.pool), { takenAt: of.toISOString(), installation: "inst-1", mailferry: "0.0.0" });
}

/** `received`: the provider's own line, where it writes one; the sender's date says nothing. */
const mail = (name: string, received: Date | null = null) =>
  `${received ? `Received: from out.example by pop.example; ${received.toUTCString().replace("GMT", "+0000")}\r\n` : ""}` +
  `From: a@out.example\r\nDate: ${ago(5).toUTCString().replace("GMT", "+0000")}\r\nSubject: ${name}\r\nMessage-ID: <${name}@out.example>\r\n\r\nText\r\n`;

type World = Awaited<ReturnType<typeof makeWorld>>;
async function pop3World(columns: Record<string, unknown> = {}, rude: Pop3Rudeness = {}) {
  const server = await startPop3({ users: { box: "secret" }, rude });
  servers.push(server);
  return { server, ...(await makeWorld(db, context, server, { after: "keep", ...columns })) };
}
/** Subjects of collected mail that is marked, each with its event. */
async function marked({ rows }: World): Promise<string[]> {
  const found = await rows(
    `select m.subject, m.possible_copies as copies, (select count(*)::int from mail_event e where e.tenant_id = m.tenant_id
       and e.mail_id = m.id and e.kind = 'collected-again' and e.text like 'Collected after a restore from a backup of 20%') as told
     from mail m where m.tenant_id = $1 and (m.possible_copies > 0 or exists (select 1 from mail_event e
       where e.tenant_id = m.tenant_id and e.mail_id = m.id and e.kind = 'collected-again')) order by m.seq`,
  );
  for (const row of found) expect(row).toMatchObject({ copies: 1, told: 1 });
  return found.map(({ subject }) => subject);
}

test("without a restore nothing is marked", async () => {
  const w = await pop3World();
  w.server.add("box", mail("one", ago(20)));
  await w.poll();
  expect(await marked(w)).toEqual([]);
});

describe("the provider says when it received a mail", () => {
  test("POP3, by the topmost Received: before the restore is marked, after it is not", async () => {
    const w = await pop3World();
    w.server.add("box", mail("known", ago(12)));
    await w.poll();
    await restore();
    w.server.add("box", mail("since", ago(5)));
    w.server.add("box", mail("behind", ago(500)));
    w.server.add("box", mail("after", ago(-1)));
    await w.poll();
    expect(await w.subjects()).toEqual(["known", "since", "behind", "after"]);
    expect(await marked(w)).toEqual(["since", "behind"]);
    // What turns up later: received about the backup or since, or long before it, when nobody's restore matters.
    w.server.add("box", mail("late", ago(6)));
    w.server.add("box", mail("moved here", ago(500)));
    await w.poll();
    expect(await marked(w)).toEqual(["since", "behind", "late"]);
  });

  test("IMAP, by INTERNALDATE", async () => {
    const server = await startImap({ users: { box: "secret" } });
    servers.push(server);
    const w = await makeWorld(db, context, server, { protocol: "imap", after: "keep" });
    server.add("box", mail("known"), ago(12));
    await w.poll();
    await restore();
    server.add("box", mail("since"), ago(5));
    server.add("box", mail("after"), ago(-1));
    await w.poll();
    expect(await w.subjects()).toEqual(["known", "since", "after"]);
    expect(await marked(w)).toEqual(["since"]);
  });
});

describe("nobody says when", () => {
  test("what the first round shows is marked, over as many sessions as it takes; what comes then is not", async () => {
    const w = await pop3World({ max_per_poll: 2 });
    w.server.add("box", mail("known"));
    await w.poll();
    await restore();
    for (const name of ["one", "two", "three"]) w.server.add("box", mail(name));
    await w.poll();
    expect(await w.state()).toMatchObject({ restored_open: true });
    await w.poll();
    expect(await w.state()).toMatchObject({ restored_open: false });
    w.server.add("box", mail("four"));
    await w.poll();
    expect(await w.subjects()).toEqual(["known", "one", "two", "three", "four"]);
    expect(await marked(w)).toEqual(["one", "two", "three"]);
  });

  test("a session that broke was no first round", async () => {
    const w = await pop3World({}, { dropAt: { command: "RETR", count: 2 } });
    await restore();
    for (const name of ["one", "two"]) w.server.add("box", mail(name));
    await w.poll();
    expect(await w.state()).toMatchObject({ restored_open: true });
    delete w.server.rude.dropAt;
    await w.poll();
    expect(await marked(w)).toEqual(["one", "two"]);
    expect(await w.state()).toMatchObject({ restored_open: false });
  });

  test("without UIDLs: known by its bytes, a mail is not delivered again; the others are marked", async () => {
    const w = await pop3World({ after: "delete" }, { noUidl: true, refuseDelete: 1 });
    w.server.add("box", mail("known"));
    await w.poll();
    await restore();
    w.server.add("box", mail("since"));
    await w.poll();
    expect(await w.subjects()).toEqual(["known", "since"]);
    expect(await marked(w)).toEqual(["since"]);
  });
});

test("after two restores before anything was collected, the older backup counts", async () => {
  const w = await pop3World();
  await restore(ago(100));
  await restore();
  expect(await w.state()).toMatchObject({ restored_from: ago(100), restored_open: true });
  await w.poll();
  await restore();
  expect(await w.state()).toMatchObject({ restored_from: takenAt, restored_open: true });
});
