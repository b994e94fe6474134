import { afterEach, describe, expect, it } from "vitest";
import { certificate } from "@/test/servers/certificates";
import { type Pop3Options, type Pop3Rudeness, type Pop3Server, startPop3 } from "@/test/servers/pop3";
import { faultOf, fetchAll, listener, peekAll, plainMails, roughMails, settingsFor } from "@/test/servers/sources";
import { headerHashOf } from "./canonical";
import { openPop3 } from "./pop3";
import type { SourceSession, SourceSettings } from "./source";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function server(options: Partial<Pop3Options> = {}): Promise<Pop3Server> {
  const started = await startPop3({ users: { info: "secret" }, ...options });
  open.push(started);
  return started;
}
async function session(
  port: number,
  more: Partial<SourceSettings> = {},
  onWire?: Parameters<typeof openPop3>[1],
): Promise<SourceSession> {
  const opened = await openPop3(settingsFor("pop3", port, more), onWire);
  open.push({ close: () => opened.abort() });
  return opened;
}
const corpus = { ...plainMails, ...roughMails };

describe.each<[string, Pop3Rudeness]>([
  ["with pipelining", {}],
  ["without", { noPipelining: true }],
  ["without CAPA", { noCapa: true }],
  ["with sizes that are too large", { sizeLie: 1000 }],
  ["with sizes that are too small, without pipelining", { sizeLie: -1000, noPipelining: true }],
])("bytes, %s", (_, rude) => {
  it("are handed out as they are, and deletions count after QUIT", async () => {
    const pop = await server({ rude });
    for (const bytes of Object.values(corpus)) pop.add("info", bytes);
    const one = await session(pop.port);
    const listing = await one.list();
    expect(listing).toMatchObject({ epoch: "", uidsUsable: true });
    expect(listing.mails).toHaveLength(Object.keys(corpus).length);
    const found = await fetchAll(one, listing.mails);
    for (const [at, [name, bytes]] of Object.entries(corpus).entries())
      expect(Buffer.compare(found[at] as Buffer, bytes), name).toBe(0);
    const headers = await peekAll(one, listing.mails);
    expect(headerHashOf(headers[0] as Buffer)).toBe(headerHashOf(Object.values(corpus)[0] as Buffer));
    await one.markDeleted(listing.mails.slice(1));
    expect(pop.deleted).toHaveLength(0);
    await one.commit();
    expect(pop.list("info")).toHaveLength(1);
  });
});

it("bare LF line ends around everything", async () => {
  const pop = await server({ rude: { bareLf: true } });
  pop.add("info", "A: b\n\n.\n..\ntext\n");
  pop.add("info", "A: c\n\nno end");
  const one = await session(pop.port);
  expect(await fetchAll(one, (await one.list()).mails)).toEqual([
    Buffer.from("A: b\n\n.\n..\ntext\n"),
    Buffer.from("A: c\n\nno end\n"),
  ]);
});

it.each<[string | null, boolean | undefined]>([
  [null, undefined],
  ["2", undefined],
  ["2 unknown", undefined],
  ["error in mail 2", true],
])("LIST writes one mail as %j: it is listed all the same", async (text, incomplete) => {
  const pop3 = await server({ rude: { listLine: { mail: 2, text } } });
  for (const n of [1, 2, 3]) pop3.add("info", `A: ${n}\r\n\r\n`, `u${n}`);
  const listing = await (await session(pop3.port)).list();
  expect(listing.mails.map(({ uid, size }) => [uid, size])).toEqual([
    ["u1", 8],
    ["u2", 0],
    ["u3", 8],
  ]);
  expect([listing.uidsUsable, listing.incomplete]).toEqual([true, incomplete]);
});

it("an empty mailbox still tells whether there is UIDL", async () => {
  for (const noUidl of [true, false]) {
    const one = await session((await server({ rude: { noUidl } })).port);
    expect(await one.list()).toEqual({ epoch: "", mails: [], uidsUsable: !noUidl });
  }
});

it.each([true, false])("requests go ahead of the bodies when CAPA has PIPELINING: %s", async (pipelining) => {
  const pop = await server({ rude: { noPipelining: !pipelining } });
  for (let n = 0; n < 100; n++) pop.add("info", `A: ${n}\r\n\r\n${"x".repeat(n === 0 ? 3_000_000 : 100)}\r\n`);
  const seen = listener();
  const one = await session(pop.port, {}, seen);
  const { mails } = await one.list();
  for await (const item of one.fetch(mails)) {
    expect("bytes" in item).toBe(true);
    // One body is open and unread: what was asked for by now went ahead of it, within the window.
    const asked = seen.text().match(/sent: RETR/g)?.length ?? 0;
    expect(asked - item.mail.number).toBeLessThanOrEqual(pipelining ? 31 : 0);
    if (item.mail.number === 1) expect(asked).toBe(pipelining ? 32 : 1);
  }
  expect(seen.text().match(/sent: RETR/g)).toHaveLength(100);
});

it("a session that is aborted deletes nothing", async () => {
  const pop = await server();
  pop.add("info", "A: b\r\n\r\n");
  const one = await session(pop.port);
  await one.markDeleted((await one.list()).mails);
  one.abort();
  const two = await session(pop.port);
  expect((await two.list()).mails).toHaveLength(1);
});

it("a mail that is refused is one mail's fault, and a refused DELE is told", async () => {
  const pop = await server({ rude: { refuseMail: 2, refuseDelete: 3 } });
  for (const n of [1, 2, 3]) pop.add("info", `A: ${n}\r\n\r\n`);
  const one = await session(pop.port);
  const { mails } = await one.list();
  expect((await fetchAll(one, mails)).map(String)).toEqual([
    "A: 1\r\n\r\n",
    expect.stringMatching(/did not hand out mail 2/),
    "A: 3\r\n\r\n",
  ]);
  expect((await peekAll(one, mails)).map(String)[1]).toMatch(/headers of mail 2/);
  expect(await faultOf(one.markDeleted(mails))).toMatchObject({ kind: "mail", facts: { numbers: [3] } });
  await one.commit();
  expect(pop.list("info")).toHaveLength(1);
});

it("what a consumer leaves unread is skipped; leaving early closes", async () => {
  const pop = await server();
  for (const n of [1, 2, 3]) pop.add("info", `A: ${n}\r\n\r\n${"x".repeat(500_000)}\r\n`);
  const one = await session(pop.port);
  const { mails } = await one.list();
  let seen = 0;
  for await (const _ of one.fetch(mails)) seen++;
  expect(seen).toBe(3);
  for await (const _ of one.fetch(mails)) break;
  expect((await faultOf(one.commit())).kind).toBe("unreachable");
  expect(pop.deleted).toHaveLength(0);
});

it.each<[Pop3Rudeness, boolean, (string | null)[]]>([
  [{ noUidl: true }, false, [null, null]],
  [{ sameUidl: "same" }, false, ["same", "same"]],
  [{ uidlPrefix: "new-" }, true, ["new-a", "new-b"]],
  [{ noCapa: true }, true, ["a", "b"]],
  [{ hideUidl: true }, true, ["a", "b"]],
])("UIDLs with %j", async (rude, usable, uids) => {
  const pop = await server({ rude });
  pop.add("info", "A: 1\r\n\r\n", "a");
  pop.add("info", "A: 2\r\n\r\n", "b");
  const listing = await (await session(pop.port)).list();
  expect(listing.uidsUsable).toBe(usable);
  expect(listing.mails.map(({ uid }) => uid)).toEqual(uids);
});

it.each<[Pop3Rudeness, boolean]>([
  [{}, true],
  [{ noTop: true }, false],
  [{ noCapa: true }, true],
  [{ noCapa: true, noTop: true }, false],
])("whether TOP is there, with %j", async (rude, canPeek) => {
  const pop = await server({ rude });
  pop.add("info", "A: 1\r\n\r\n");
  const one = await session(pop.port);
  await one.list();
  expect(one.facts.canPeek).toBe(canPeek);
});

describe("signing in", () => {
  it.each([{}, { noSasl: true }, { noCapa: true }])(
    "with odd characters, %j, and the password is never shown",
    async (rude) => {
      const password = ' p "ä\\ß %s € end ';
      const pop = await server({ users: { "in fo@x": password }, rude });
      const seen = listener();
      await session(pop.port, { username: "in fo@x", password }, seen);
      expect(seen.text()).toContain("••••");
      expect(seen.text()).not.toContain("%s €");
      expect(seen.text()).not.toContain(Buffer.from(password).toString("base64").slice(4, 12));
    },
  );

  it.each(["a\r\nDELE 1", "a\nb", "a\0b"])("refuses %j before anything is sent", async (password) => {
    const pop = await server();
    expect((await faultOf(session(pop.port, { password }))).message).toMatch(/line break/);
    expect((await faultOf(session(pop.port, { username: password }))).message).toMatch(/line break/);
    expect(pop.commands).toEqual([]);
  });

  it.each<[string, string, RegExp]>([
    ["-ERR [AUTH] no", "refused", /localhost refused the user name or password of info/],
    ["-ERR no such user or wrong password", "refused", /refused the user name/],
    ["-ERR [AUTH] Application-specific password required", "refused", /app password/],
    ["-ERR POP3 is disabled for this account", "refused", /switched off/],
    ["-ERR [IN-USE] mailbox open elsewhere", "busy", /does not let info in at the moment: \[IN-USE\]/],
    ["-ERR [LOGIN-DELAY] wait", "busy", /at the moment/],
    ["-ERR [SYS/TEMP] disk", "busy", /at the moment/],
    ["-ERR maildrop already locked", "busy", /at the moment/],
    ["HELLO", "protocol", /no POP3/],
  ])("%j is %s", async (signIn, kind, sentence) => {
    const pop = await server({ rude: { signIn } });
    const fault = await faultOf(session(pop.port));
    expect(fault.kind).toBe(kind);
    expect(fault.message).toMatch(sentence);
  });

  it.each<[string, string, RegExp]>([
    ["-ERR too many connections", "busy", /takes no session/],
    ["* OK IMAP4rev1 ready", "protocol", /speaks IMAP/],
    ["220 mx.example ESMTP", "protocol", /speaks SMTP/],
  ])("greeting %j is %s", async (greeting, kind, sentence) => {
    const fault = await faultOf(session((await server({ rude: { greeting } })).port));
    expect(fault).toMatchObject({ kind, message: expect.stringMatching(sentence) });
  });
});

describe("TLS", () => {
  const wish = { certificate: "any", name: "localhost", oldest: "1.2" } as const;

  it("not offered: no password is sent", async () => {
    for (const rude of [{}, { noCapa: true }]) {
      const pop = await server({ rude });
      expect(await faultOf(session(pop.port, { tls: "starttls", wish }))).toMatchObject({ kind: "tls" });
      expect(pop.commands).not.toContain("AUTH");
      expect(pop.commands).not.toContain("PASS");
    }
  });

  it("what comes in clear before the handshake is dropped", async () => {
    const tls = await certificate();
    const pop = await server({ tls, rude: { injectAfterStls: "+OK\r\nSASL EVIL\r\n." } });
    const one = await session(pop.port, { tls: "starttls", wish }).catch((fault: unknown) => fault);
    if (one instanceof Error) expect(one).toMatchObject({ kind: "tls" });
    else expect((one as SourceSession).facts.capabilities).not.toContain("SASL EVIL");
  });

  it("the certificate is judged before the password", async () => {
    const tls = await certificate();
    for (const implicit of [true, false]) {
      const pop = await server({ tls, implicit });
      const mode = { tls: implicit ? "implicit" : "starttls" } as const;
      const refused = await faultOf(session(pop.port, mode));
      expect(refused.kind).toBe("certificate");
      expect(refused.facts).toMatchObject({ certificate: { fingerprint: tls.fingerprint, verified: false } });
      expect(pop.commands.join()).not.toMatch(/PASS|AUTH/);
      await session(pop.port, { ...mode, wish: { ...wish, certificate: `sha256:${tls.fingerprint}` } });
      await session(pop.port, { ...mode, wish });
    }
  });

  it("the wrong port is named", async () => {
    const fault = await faultOf(session((await server()).port, { tls: "implicit", wish }));
    expect(fault).toMatchObject({ kind: "tls", message: expect.stringMatching(/usually on port 995/) });
  });
});

it.each<[string, Pop3Rudeness]>([
  ["missing final dot", { noFinalDot: 1 }],
  ["cut", { dropAt: { command: "RETR", count: 1 } }],
])("%s: the session ends as unreachable", async (_, rude) => {
  const pop = await server({ rude });
  pop.add("info", "A: 1\r\n\r\n");
  const one = await session(pop.port, { timeoutMs: 300 });
  const { mails } = await one.list();
  expect((await faultOf(fetchAll(one, mails))).kind).toBe("unreachable");
});

it.each<[string, Pop3Rudeness]>([
  ["a final dot is missing", { noFinalDot: 1 }],
  ["the listing says less", { sizeLie: -20 }],
])("pipelined, and %s: what follows is never taken for the mail's end", async (_, rude) => {
  const pop = await server({ rude });
  for (const n of [1, 2, 3]) pop.add("info", `A: ${n}\r\n\r\n${"text ".repeat(20)}\r\n`);
  const one = await session(pop.port, { timeoutMs: 1000 });
  const { mails } = await one.list();
  expect(await faultOf(fetchAll(one, mails))).toMatchObject({
    kind: "protocol",
    message: expect.stringContaining("fetches it again"),
  });
  expect(pop.commands.filter((line) => line.startsWith("RETR")).length).toBeGreaterThan(1);
});

it("QUIT without an answer is no success", async () => {
  const pop = await server({ rude: { dropAtQuit: true } });
  pop.add("info", "A: 1\r\n\r\n");
  const one = await session(pop.port);
  await one.markDeleted((await one.list()).mails);
  expect((await faultOf(one.commit())).kind).toBe("unreachable");
});

it("stops when told", async () => {
  const pop = await server({ rude: { noFinalDot: 1 } });
  pop.add("info", "A: 1\r\n\r\n");
  const stop = new AbortController();
  const one = await session(pop.port, {}, { signal: stop.signal });
  const { mails } = await one.list();
  const reading = faultOf(fetchAll(one, mails));
  stop.abort();
  expect((await reading).kind).toBe("unreachable");
  expect((await faultOf(session(1, {}))).message).toMatch(/can't be reached/);
});
