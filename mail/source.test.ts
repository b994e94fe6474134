import { open as openFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { certificate, type ServerCertificate } from "@/test/servers/certificates";
import { type Dovecot, dovecotPath, startDovecot } from "@/test/servers/dovecot";
import { faultOf, fetchAll, listener, peekAll, plainMails, settingsFor } from "@/test/servers/sources";
import { Canonical, headerHashOf } from "./canonical";
import { openSource } from "./open-source";
import type { SourceSession, SourceSettings } from "./source";

if (!dovecotPath && process.env.MAILFERRY_REQUIRE_PEERS === "1")
  throw new Error("Dovecot is required and not installed");
if (!dovecotPath) console.warn("left out: sources against Dovecot (apt-get install dovecot-imapd dovecot-pop3d)");

const corpus = Object.values(plainMails);
const rough = [Buffer.from("Subject: no final newline\r\n\r\nend"), Buffer.from("Subject: LF\n\n.a\nb\n")];
const password = 'p "w\\ ß €';
const names = ["u0", "u1", "u2", "u3", "u4", "u5", "odd", "big", "empty"];
const users = Object.fromEntries(names.map((name) => [name, password]));

describe.skipIf(!dovecotPath)("sources against Dovecot", () => {
  let dovecot: Dovecot;
  let tls: ServerCertificate;
  const sessions: SourceSession[] = [];
  beforeAll(async () => {
    tls = await certificate();
    const mails = Object.fromEntries(names.slice(0, 6).map((name) => [name, corpus]));
    dovecot = await startDovecot({ users, tls, mails: { ...mails, odd: rough } });
  });
  afterEach(() => {
    for (const session of sessions.splice(0)) session.abort();
  });
  afterAll(() => dovecot?.stop());

  const open = async (
    protocol: "pop3" | "imap",
    username: string,
    more: Partial<SourceSettings> = {},
    readOnly = false,
  ) => {
    const mode = more.tls ?? "off";
    const port = dovecot.ports[mode === "implicit" ? (`${protocol}s` as const) : protocol];
    const wish = { certificate: `sha256:${tls.fingerprint}`, name: "localhost", oldest: "1.2" as const };
    const session = await openSource(settingsFor(protocol, port, { username, password, wish, ...more }), { readOnly });
    sessions.push(session);
    return session;
  };
  const cases = (["off", "starttls", "implicit"] as const).flatMap((mode, n) => [
    ["pop3" as const, mode, `u${n}`] as const,
    ["imap" as const, mode, `u${n + 3}`] as const,
  ]);

  it.each(cases)("%s, %s: byte for byte, deleted after commit only", async (protocol, mode, user) => {
    const session = await open(protocol, user, { tls: mode });
    expect(session.facts).toMatchObject({ canPeek: true, canDelete: true });
    const { mails, uidsUsable, epoch } = await session.list();
    expect(uidsUsable).toBe(true);
    expect(epoch).toMatch(protocol === "imap" ? /^\d+$/ : /^$/);
    const headers = await peekAll(session, mails);
    const found = await fetchAll(session, mails);
    for (const [at, bytes] of corpus.entries()) {
      expect(Buffer.compare(found[at] as Buffer, bytes), Object.keys(plainMails)[at]).toBe(0);
      const canonical = new Canonical();
      canonical.push(bytes);
      canonical.end();
      expect(headerHashOf(headers[at] as Buffer)).toBe(canonical.result().headerHash);
    }
    expect((await dovecot.flags(user)).join("")).not.toContain(protocol === "imap" ? "S" : "T");
    await session.markDeleted(mails.slice(1));
    expect(await dovecot.list(user)).toHaveLength(corpus.length);
    await session.commit();
    expect(await dovecot.list(user)).toEqual([corpus[0]]);
    const again = await open(protocol, user, { tls: mode });
    expect((await again.list()).mails.map(({ uid }) => uid)).toEqual([mails[0]?.uid]);
  });

  it.each(["pop3", "imap"] as const)(
    "%s: line ends as this server makes them, same hash for both ways",
    async (protocol) => {
      const session = await open(protocol, "odd");
      const { mails } = await session.list();
      const [first, second] = await fetchAll(session, mails);
      expect(String(first).trimEnd()).toBe("Subject: no final newline\r\n\r\nend");
      expect(String(second)).toBe("Subject: LF\r\n\r\n.a\r\nb\r\n");
    },
  );

  it.each(["pop3", "imap"] as const)("%s: an empty mailbox, a wrong password", async (protocol) => {
    const session = await open(protocol, "empty");
    expect(await session.list()).toMatchObject({ mails: [], uidsUsable: true });
    expect(await fetchAll(session, [])).toEqual([]);
    await session.markDeleted([]);
    await session.commit();
    const seen = listener();
    const settings = settingsFor(protocol, dovecot.ports[protocol], { username: "u0", password: "wrong" });
    expect(await faultOf(openSource(settings, seen))).toMatchObject({
      kind: "refused",
      message: "localhost refused the user name or password of u0.",
    });
    expect(seen.text()).not.toContain("wrong");
  });

  it("IMAP: another folder by its name, a missing one with those that exist", async () => {
    await dovecot.makeFolder("empty", "Entw&APw-rfe");
    await dovecot.add("empty", corpus[0] ?? "", "Entw&APw-rfe");
    const session = await open("imap", "empty", { folder: "Entwürfe" }, true);
    expect((await session.list()).mails).toHaveLength(1);
    const fault = await faultOf(open("imap", "empty", { folder: "Fehlt & weg" }));
    expect(fault).toMatchObject({ kind: "folder", facts: { folders: expect.arrayContaining(["INBOX", "Entwürfe"]) } });
  });

  it.each(["pop3", "imap"] as const)("%s: 150 MB raise the memory by less than 64 MB", async (protocol) => {
    const file = join(dovecot.folder, "mail", "big", "cur", "1700000000.M1P1.test:2,");
    const lines = Buffer.from(`${"0123456789abcdef".repeat(4)}\r\n`.repeat(2000));
    const handle = await openFile(file, "w", 0o644);
    await handle.write("Subject: big\r\n\r\n");
    for (let n = 0; n < 1150; n++) await handle.write(lines);
    await handle.close();
    const session = await open(protocol, "big");
    const { mails } = await session.list();
    const before = process.memoryUsage.rss();
    let most = 0;
    let size = 0;
    const canonical = new Canonical();
    for await (const item of session.fetch(mails)) {
      if ("fault" in item) throw item.fault;
      for await (const part of item.bytes) {
        size += canonical.push(part).length;
        most = Math.max(most, process.memoryUsage.rss() - before);
      }
    }
    expect(size).toBeGreaterThan(150_000_000);
    expect(most / 1024 / 1024).toBeLessThan(64);
  });
});
