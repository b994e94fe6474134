import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type MailboxSettings, mailboxDefaults } from "@/domain/mailbox/schema";
import type { ProbeEvent } from "@/domain/probe/run-lines";
import { makeTenant, makeWorker, type World, workerScope } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type ImapRudeness, type ImapServer, startImap } from "@/test/servers/imap";
import { listen } from "@/test/servers/line-server";
import { type Pop3Rudeness, type Pop3Server, startPop3 } from "@/test/servers/pop3";
import { runMailboxProbe } from "./probe-mailbox";
import type { WorkerContext } from "./room";

let db: TestDatabase;
let context: WorkerContext;
let tenant: World;
const servers: (Pop3Server | ImapServer)[] = [];
beforeAll(async () => {
  db = await testDatabase();
  context = await makeWorker(db);
  tenant = await makeTenant(db);
});
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
afterAll(() => db.drop());

async function probe(
  change: Partial<MailboxSettings> = {},
  rude: Pop3Rudeness = {},
  password: string | null = "secret",
) {
  const server = await startPop3({ users: { box: "secret" }, rude });
  servers.push(server);
  for (const n of [1, 2])
    server.add(
      "box",
      `Delivered-To: user${n}@contoso.example\r\nFrom: a@out.example\r\nSubject: Mail ${n}\r\n\r\nx\r\n`,
    );
  const { verdict, lines } = await run(settingsFor("pop3", server.port, change), password);
  return { verdict, lines, server, commands: server.commands.map((line) => line.split(" ")[0]) };
}

const settingsFor = (protocol: "pop3" | "imap", port: number, change: Partial<MailboxSettings>): MailboxSettings => ({
  ...mailboxDefaults,
  name: "box",
  protocol,
  host: "127.0.0.1",
  port,
  tls: "off",
  username: "box",
  timeoutSeconds: 5,
  recipients: {
    mode: "headers",
    headers: ["Delivered-To", "To"],
    domains: ["contoso.example"],
    own: [],
    nobody: "hold",
  },
  ...change,
});

async function run(settings: MailboxSettings, password: string | null, countOnly = false) {
  const lines: ProbeEvent[] = [];
  const verdict = await runMailboxProbe(
    context,
    workerScope(db, tenant.tenantId),
    { settings, password, mailboxId: null, countOnly },
    (event) => lines.push(event),
    new AbortController().signal,
  );
  return { verdict, lines };
}

async function probeImap(change: Partial<MailboxSettings> = {}, rude: ImapRudeness = {}, password = "secret") {
  const server = await startImap({ users: { box: "secret" }, rude });
  servers.push(server);
  for (const n of [1, 2])
    server.add(
      "box",
      `Delivered-To: user${n}@contoso.example\r\nFrom: a@out.example\r\nSubject: Mail ${n}\r\n\r\nx\r\n`,
      new Date(`2026-11-2${n}T10:00:00Z`),
    );
  return { ...(await run(settingsFor("imap", server.port, change), password)), server };
}

test("counts, shows who would get what, and never fetches, deletes or quits", async () => {
  const { verdict, lines, commands } = await probe();
  expect(verdict).toMatchObject({ ok: true, facts: { count: 2 } });
  expect(lines.filter((line) => line.kind === "preview").map((line) => line.facts)).toMatchObject([
    { subject: "Mail 2", recipients: ["user2@contoso.example"], via: "Delivered-To" },
    { subject: "Mail 1", recipients: ["user1@contoso.example"], via: "Delivered-To" },
  ]);
  expect(lines.find((line) => line.kind === "count")?.facts).toMatchObject({ count: 2, atLeast: false });
  expect(commands).not.toContain("RETR");
  expect(commands).not.toContain("DELE");
  expect(commands).not.toContain("QUIT");
  expect(JSON.stringify(lines)).not.toContain("secret");
});

test.each<[string, Partial<MailboxSettings>, Pop3Rudeness, string | null, string]>([
  ["wrong password", {}, {}, "wrong", "password"],
  ["no password", {}, {}, null, "password"],
  ["mailbox locked", {}, { signIn: "-ERR [IN-USE] locked" }, "secret", "username"],
  ["nobody listens", { port: 1 }, {}, "secret", "port"],
  ["an address that tenants may not name", { host: "169.254.169.254" }, {}, "secret", "host"],
  ["keep without UIDL", { after: "keep" }, { noUidl: true }, "secret", "after"],
  ["start without TOP", { start: "2026-11-01" }, { noTop: true }, "secret", "start"],
  ["not POP3", {}, { greeting: "220 smtp.example ESMTP" }, "secret", "protocol"],
])("%s: the verdict names the field", async (_name, change, rude, password, field) => {
  const { verdict } = await probe(change, rude, password);
  expect(verdict.ok).toBe(false);
  expect(verdict.field).toBe(field);
  expect(verdict.sentence.length).toBeGreaterThan(20);
});

test("a look counts alone, and tells the oldest and the newest: IMAP of all, POP3 by the header of the first and the last", async () => {
  const imap = await startImap({ users: { box: "secret" } });
  servers.push(imap);
  for (const day of [12, 11, 13]) imap.add("box", "Subject: x\r\n\r\nx\r\n", new Date(`2026-11-${day}T10:00:00Z`));
  const seen = await run(settingsFor("imap", imap.port, {}), "secret", true);
  expect(seen.verdict.facts).toMatchObject({
    count: 3,
    oldest: new Date("2026-11-11T10:00:00Z"),
    newest: new Date("2026-11-13T10:00:00Z"),
  });
  expect(seen.lines.filter(({ kind }) => kind === "preview")).toEqual([]);

  const pop3 = await startPop3({ users: { box: "secret" } });
  servers.push(pop3);
  for (const day of [12, 13, 14])
    pop3.add("box", `Received: from a by b; ${day} Nov 2026 10:00:00 +0000\r\nSubject: x\r\n\r\nx\r\n`);
  const ends = await run(settingsFor("pop3", pop3.port, {}), "secret", true);
  expect(ends.verdict.facts).toMatchObject({
    oldest: new Date("2026-11-12T10:00:00Z"),
    newest: new Date("2026-11-14T10:00:00Z"),
  });
  expect(pop3.commands.filter((line) => /^TOP/i.test(line))).toHaveLength(2);
  expect(pop3.commands.filter((line) => /^(RETR|DELE|QUIT)/i.test(line))).toEqual([]);

  const blind = await startPop3({ users: { box: "secret" }, rude: { noTop: true } });
  servers.push(blind);
  blind.add("box", "Subject: x\r\n\r\nx\r\n");
  expect((await run(settingsFor("pop3", blind.port, {}), "secret", true)).verdict.facts).not.toHaveProperty("oldest");
});

test("mail for nobody is shown as held, and what start leaves out as left out", async () => {
  const { lines } = await probe({
    start: "2030-01-01T00:00:00Z",
    recipients: { mode: "headers", headers: ["To"], domains: ["other.example"], own: [], nobody: "hold" },
  });
  expect(lines.find((line) => line.kind === "preview")?.facts).toMatchObject({ recipients: [], via: "nobody: held" });
});

test("imap: the folder is opened to look only; nothing is fetched whole, marked, or deleted", async () => {
  const { verdict, lines, server } = await probeImap();
  expect(verdict).toMatchObject({ ok: true, facts: { count: 2, canDelete: true } });
  expect(lines.filter((line) => line.kind === "preview").map((line) => line.facts)).toMatchObject([
    { subject: "Mail 2", recipients: ["user2@contoso.example"], receivedAt: "2026-11-22T10:00:00.000Z" },
    { subject: "Mail 1", recipients: ["user1@contoso.example"], receivedAt: "2026-11-21T10:00:00.000Z" },
  ]);
  expect(server.commands).toContain('EXAMINE "INBOX"');
  expect(server.commands.join("\n")).not.toMatch(/^SELECT|BODY(\.PEEK)?\[\]|STORE|EXPUNGE|LOGOUT/m);
  expect(server.list("box").flatMap(({ flags }) => [...flags])).toEqual([]);
  expect(JSON.stringify(lines)).not.toContain("secret");
});

test("imap: what start leaves out is shown so, by when the provider received it", async () => {
  const { lines } = await probeImap({ start: "2026-11-22" });
  expect(lines.filter((line) => line.kind === "preview").map((line) => line.facts?.via)).toEqual([
    "Delivered-To",
    "left out by Start; Delivered-To",
  ]);
});

test.each<[string, Partial<MailboxSettings>, ImapRudeness, string, string, RegExp]>([
  ["wrong password", {}, {}, "wrong", "password", /refused/],
  ["no such folder", { folder: "Old" }, {}, "secret", "folder", /There are: INBOX, Entwürfe/],
  ["delete without UIDPLUS", {}, { noUidPlus: true }, "secret", "after", /UIDPLUS/],
  ["keep-days without UIDPLUS", { after: "keep-days" }, { noUidPlus: true }, "secret", "after", /UIDPLUS/],
  ["delete where this user may only read", {}, { rights: "lrs" }, "secret", "after", /may only read/],
  ["another session", {}, { signIn: "NO [INUSE] busy" }, "secret", "username", /at the moment/],
  ["StartTLS that is not offered", { tls: "starttls" }, {}, "secret", "tls", /no StartTLS/],
  ["POP3 on this port", {}, { greeting: "+OK POP3 ready" }, "secret", "protocol", /speaks POP3/],
])("imap, %s: the verdict names the field", async (_name, change, rude, password, field, sentence) => {
  const { verdict } = await probeImap(change, rude, password);
  expect(verdict).toMatchObject({ ok: false, field, sentence: expect.stringMatching(sentence) });
});

test.each<[string, Partial<MailboxSettings>, ImapRudeness]>([
  ["keep needs no right to delete", { after: "keep" }, { rights: "lrs", noUidPlus: true }],
  ["t and e are the right to delete", {}, { rights: "lrswte" }],
  ["so is d of older servers", {}, { rights: "lrsd" }],
])("imap: %s", async (_name, change, rude) => {
  expect((await probeImap(change, rude)).verdict).toMatchObject({ ok: true });
});

test("a provider that answers octet by octet: the test ends with that reason, and blames no field", async () => {
  const server = await listen(async (client) => {
    await client.trickle(Buffer.from("+OK ready\r\n"), 0);
    await client.line();
    await client.send("+OK\r\n");
    await client.trickle(Buffer.alloc(100_000, "USER\r\n"), 20);
  });
  const { verdict } = await run(settingsFor("pop3", server.port, { timeoutSeconds: 2 }), "secret");
  await server.close();
  expect(verdict).toMatchObject({ ok: false, sentence: expect.stringMatching(/sends too slowly.*Test again later/) });
  expect(verdict.field).toBeUndefined();
});
