import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { certificate } from "@/test/servers/certificates";
import { type ImapOptions, type ImapRudeness, type ImapServer, startImap } from "@/test/servers/imap";
import { faultOf, fetchAll, listener, peekAll, plainMails, roughMails, settingsFor } from "@/test/servers/sources";
import { openImap } from "./imap";
import { decodeFolder, encodeFolder, internalDate, setOf } from "./imap-words";
import type { SourceSession, SourceSettings } from "./source";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function server(options: Partial<ImapOptions> = {}): Promise<ImapServer> {
  const started = await startImap({ users: { info: "secret" }, ...options });
  open.push(started);
  return started;
}
async function session(
  port: number,
  more: Partial<SourceSettings> = {},
  options?: Parameters<typeof openImap>[1],
): Promise<SourceSession> {
  const opened = await openImap(settingsFor("imap", port, more), options);
  open.push({ close: () => opened.abort() });
  return opened;
}
const corpus = { ...plainMails, ...roughMails };

describe.each<[string, ImapRudeness]>([
  ["as usual", {}],
  ["chatty", { chatty: true }],
  ["quoted", { quotedBodies: true }],
])("bytes, %s", (_, rude) => {
  it("are handed out as they are, nothing is marked as read, and deletions count after commit", async () => {
    const imap = await server({ rude });
    const short = { empty: Buffer.from(""), quoted: Buffer.from('one "line" \\ only') };
    const all = { ...corpus, ...short };
    for (const bytes of Object.values(all)) imap.add("info", bytes, new Date("2026-11-24T02:14:00Z"));
    const one = await session(imap.port);
    const listing = await one.list();
    expect(listing).toMatchObject({ epoch: "1", uidsUsable: true });
    expect(listing.mails[0]).toMatchObject({ uid: "1", number: 1, receivedAt: new Date("2026-11-24T02:14:00Z") });
    const found = await fetchAll(one, listing.mails);
    for (const [at, [name, bytes]] of Object.entries(all).entries())
      expect(Buffer.compare(found[at] as Buffer, bytes), name).toBe(0);
    expect(String((await peekAll(one, listing.mails))[0])).toMatch(/^Return-Path: .*\r\n\r\n$/s);
    await one.markDeleted(listing.mails.slice(1));
    expect(imap.list("info").flatMap(({ flags }) => [...flags])).toEqual([]);
    await one.commit();
    expect(imap.list("info").map(({ uid }) => uid)).toEqual([1]);
    expect(imap.commands.join("\n")).not.toMatch(/^(EXPUNGE|CLOSE)/m);
  });
});

it("one mail that can't be had stops no other; one that is gone is told", async () => {
  const imap = await server({ rude: { refuseUid: 2 } });
  for (const n of [1, 2, 3]) imap.add("info", `A: ${n}\r\n\r\n`);
  const one = await session(imap.port);
  const { mails } = await one.list();
  const wanted = ["A: 1\r\n\r\n", "The server did not hand out mail 2.", "A: 3\r\n\r\n"];
  expect((await fetchAll(one, mails)).map(String)).toEqual(wanted);
  const gone = { number: 9, uid: "9", size: 1, receivedAt: null };
  expect((await peekAll(one, [gone])).map(String)).toEqual(["The server did not hand out mail 9."]);
  await one.commit();
});

it("keeps the given order, and finds a single mail whose UID comes last", async () => {
  const imap = await server();
  for (const n of [1, 2, 3]) imap.add("info", `A: ${n}\r\n\r\n${"x".repeat(300_000)}\r\n`);
  const one = await session(imap.port);
  const { mails } = await one.list();
  const order: string[] = [];
  for await (const item of one.fetch([...mails].reverse())) order.push(item.mail.uid ?? "");
  expect(order).toEqual(["3", "2", "1"]);
  imap.rude.uidLast = true;
  expect((await fetchAll(one, mails)).map((bytes) => bytes.length)).toEqual(
    imap.list("info").map(({ bytes }) => bytes.length),
  );
});

it.each<[ImapRudeness, boolean]>([
  [{ noUidPlus: true }, false],
  [{ readOnly: true }, false],
  [{}, true],
])("whether single mails can be deleted, with %j", async (rude, canDelete) => {
  const imap = await server({ rude });
  imap.add("info", "A: 1\r\n\r\n");
  const one = await session(imap.port);
  expect(one.facts.canDelete).toBe(canDelete);
  const { mails } = await one.list();
  if (canDelete) await one.markDeleted(mails);
  else expect((await faultOf(one.markDeleted(mails))).message).toMatch(/UIDPLUS/);
  one.abort();
  expect(imap.list("info")).toHaveLength(1);
  expect(imap.commands.join("\n")).not.toMatch(/STORE|EXPUNGE/);
});

it("an EXPUNGE without an answer is no success", async () => {
  const imap = await server({ rude: { dropAt: "UID EXPUNGE" } });
  imap.add("info", "A: 1\r\n\r\n");
  const one = await session(imap.port);
  await one.markDeleted((await one.list()).mails);
  expect((await faultOf(one.commit())).kind).toBe("unreachable");
});

it.each<[ImapRudeness, string, boolean]>([
  [{ uidValidity: 77 }, "77", true],
  [{ noUidValidity: true }, "", false],
])("UIDVALIDITY with %j", async (rude, epoch, uidsUsable) => {
  const imap = await server({ rude });
  expect(await (await session(imap.port)).list()).toMatchObject({ epoch, uidsUsable });
});

it.each<[string, ImapRudeness, number]>([
  ["no size", { noSizeOf: 2 }, 0],
  ["a lost line", { loseLineOf: 2 }, 8],
  ["a NO in the middle of it", { refuseListingOf: 2 }, 0],
  ["a NO at its begin", { refuseListingOf: 1 }, 8],
])("a listing with %s: each mail is in it", async (_name, rude, size) => {
  const imap = await server({ rude });
  for (let n = 1; n <= 9; n += 1) imap.add("info", `A: ${n}\r\n\r\n`, new Date("2026-11-24T02:14:00Z"));
  const one = await session(imap.port);
  const listing = await one.list();
  expect(listing.incomplete).toBe(false);
  expect(listing.mails.map(({ uid }) => uid)).toEqual(["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  expect(listing.mails[1]?.size).toBe(size);
  expect(listing.mails[8]).toMatchObject({ size: 8, receivedAt: new Date("2026-11-24T02:14:00Z") });
  expect((await fetchAll(one, listing.mails)).map(String)).toContain("A: 2\r\n\r\n");
});

it("a listing that lacks a mail, of a server that doesn't search: known to be incomplete", async () => {
  const imap = await server({ rude: { loseLineOf: 2, noSearch: true } });
  for (const n of [1, 2, 3]) imap.add("info", `A: ${n}\r\n\r\n`);
  const listing = await (await session(imap.port)).list();
  expect(listing).toMatchObject({ incomplete: true, mails: [{ uid: "1" }, { uid: "3" }] });
});

it("a test opens the folder read-only", async () => {
  const imap = await server();
  await session(imap.port, {}, { readOnly: true });
  expect(imap.commands).toContain('EXAMINE "INBOX"');
});

describe("signing in", () => {
  it.each<ImapRudeness>([{}, { noSaslIr: true }, { noSasl: true }])(
    "with odd characters, %j, never shown",
    async (rude) => {
      for (const password of [' p "w\\ %s', 'ß € \\"', "x".repeat(2000)]) {
        const imap = await server({ users: { "in fo@x": password }, rude });
        const seen = listener();
        await session(imap.port, { username: "in fo@x", password }, seen);
        expect(seen.text()).toContain("••••");
        expect(seen.text()).not.toContain(password.trim().slice(0, 6));
      }
    },
  );

  it("refuses line breaks before anything is sent", async () => {
    const imap = await server();
    for (const odd of [{ password: "a\r\nb" }, { username: "a\nb" }, { folder: "a\0b" }])
      expect((await faultOf(session(imap.port, odd))).message).toMatch(/line break/);
    expect(imap.commands).toEqual([]);
  });

  it.each<[ImapRudeness, string, RegExp]>([
    [{ signIn: "NO [AUTHENTICATIONFAILED] no" }, "refused", /localhost refused the user name or password of info/],
    [{ signIn: "NO [ALERT] Application-specific password required" }, "refused", /app password/],
    [{ signIn: "NO IMAP access is disabled" }, "refused", /switched off/],
    [{ signIn: "NO [UNAVAILABLE] later" }, "busy", /at the moment/],
    [{ signIn: "NO [LIMIT] too many" }, "busy", /at the moment/],
    [{ signIn: "NO [PRIVACYREQUIRED] no" }, "tls", /without encryption/],
    [{ byeAt: "AUTHENTICATE" }, "busy", /too many sessions/],
    [{ loginDisabled: true, noSasl: true }, "tls", /without encryption/],
    [{ preauth: true }, "tls", /signed in already/],
    [{ greeting: "* BYE full" }, "busy", /takes no session/],
    [{ greeting: "+OK POP3" }, "protocol", /speaks POP3/],
  ])("%j is %s", async (rude, kind, sentence) => {
    const fault = await faultOf(session((await server({ rude })).port));
    expect(fault).toMatchObject({ kind, message: expect.stringMatching(sentence) });
  });
});

describe("TLS", () => {
  const wish = { certificate: "any", name: "localhost", oldest: "1.2" } as const;

  it("not offered, or PREAUTH instead: no password is sent", async () => {
    const tls = await certificate();
    for (const rude of [{ noStartTls: true }, { preauth: true }]) {
      const imap = await server({ tls, rude });
      expect((await faultOf(session(imap.port, { tls: "starttls", wish }))).kind).toBe("tls");
      expect(imap.commands.join()).not.toMatch(/LOGIN|AUTHENTICATE/);
    }
  });

  it("what comes in clear before the handshake is dropped", async () => {
    const imap = await server({
      tls: await certificate(),
      rude: { injectAfterStartTls: "* CAPABILITY EVIL\r\nM3 OK" },
    });
    const one = await session(imap.port, { tls: "starttls", wish }).catch((fault: unknown) => fault);
    if (one instanceof Error) expect(one).toMatchObject({ kind: "tls" });
    else expect((one as SourceSession).facts.capabilities).not.toContain("EVIL");
  });

  it("the certificate is judged before the password", async () => {
    const tls = await certificate();
    for (const implicit of [true, false]) {
      const imap = await server({ tls, implicit });
      const mode = { tls: implicit ? "implicit" : "starttls" } as const;
      expect((await faultOf(session(imap.port, mode))).kind).toBe("certificate");
      expect(imap.commands.join()).not.toMatch(/LOGIN|AUTHENTICATE/);
      await session(imap.port, { ...mode, wish: { ...wish, certificate: `sha256:${tls.fingerprint}` } });
    }
  });
});

describe("ways of writing", () => {
  it("folder names, there and back", () => {
    expect(encodeFolder("Entwürfe & 日本語")).toBe("Entw&APw-rfe &- &ZeVnLIqe-");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (name) => {
        expect(decodeFolder(encodeFolder(name))).toBe(name);
        decodeFolder(`&${name}-`);
      }),
    );
  });
  it("sets and dates", () => {
    expect(setOf([1, 2, 3, 7, 9, 10])).toBe("1:3,7,9:10");
    expect(setOf([])).toBe("");
    expect(internalDate(" 7-Jul-2026 02:44:25 -0730")?.toISOString()).toBe("2026-07-07T10:14:25.000Z");
    expect(internalDate("yesterday")).toBeNull();
  });
});
