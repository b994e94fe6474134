import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readBody } from "@/domain/message/body";
import { givePassword, makeMailbox, makeTenant, makeWorker, pollOnce, stateOf, sumHolds } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type Dovecot, dovecotPath, startDovecot } from "@/test/servers/dovecot";
import type { WorkerContext } from "./room";

const needed = process.env.MAILFERRY_REQUIRE_PEERS === "1";
if (!dovecotPath && !needed) console.warn("Dovecot is not installed: its tests are skipped");

describe.skipIf(!dovecotPath && !needed)("against Dovecot", () => {
  let db: TestDatabase;
  let context: WorkerContext;
  let dovecot: Dovecot;
  beforeAll(async () => {
    db = await testDatabase();
    context = await makeWorker(db);
  });
  afterEach(() => dovecot?.stop());
  afterAll(() => db.drop());

  const mail = (n: number) =>
    `From: a@out.example\nTo: info@contoso.example\nSubject: Mail ${n}\nMessage-ID: <${n}@out.example>\n\n.dot\n..two\nText ${n}\n`;

  async function mailbox(protocol: "pop3" | "imap", columns: Record<string, unknown> = {}) {
    const tenant = await makeTenant(db);
    const id = await makeMailbox(db, tenant.tenantId, {
      protocol,
      port: dovecot.ports[protocol],
      username: "box",
      ...columns,
    });
    await givePassword(db, tenant.tenantId, id, "secret");
    const subjects = async () =>
      (
        await db.owner.pool.query<{ subject: string }>("select subject from mail where tenant_id = $1 order by seq", [
          tenant.tenantId,
        ])
      ).rows.map((row) => row.subject);
    return { tenant, id, subjects, poll: () => pollOnce(db, context, id), state: () => stateOf(db, id) };
  }

  test.each(["pop3", "imap"] as const)("%s: collected byte for byte, then deleted", async (protocol) => {
    dovecot = await startDovecot({ users: { box: "secret" }, mails: { box: [mail(1), mail(2), mail(3)] } });
    const w = await mailbox(protocol);
    await w.poll();
    expect(await w.state()).toMatchObject({ last_result: "ok", last_error: null });
    expect(await w.subjects()).toEqual(["Mail 1", "Mail 2", "Mail 3"]);
    expect(await dovecot.list("box")).toHaveLength(0);
    const { rows } = await db.owner.pool.query(
      "select b.id, b.prefix_length from mail m join body b on b.id = m.body_id where m.tenant_id = $1 order by m.seq",
      [w.tenant.tenantId],
    );
    const parts: Buffer[] = [];
    for await (const part of readBody(db.worker, w.tenant.tenantId, rows[0].id)) parts.push(part);
    expect(Buffer.concat(parts).subarray(rows[0].prefix_length).toString()).toBe(mail(1).replaceAll("\n", "\r\n"));
    expect(await sumHolds(db, w.tenant.tenantId)).toBe(true);
  });

  test("imap: mails that are kept are not collected again, and nobody's read marks change", async () => {
    dovecot = await startDovecot({ users: { box: "secret" }, mails: { box: [mail(1), mail(2)] } });
    const w = await mailbox("imap", { after: "keep" });
    await w.poll();
    await dovecot.add("box", mail(3));
    await w.poll();
    await w.poll();
    expect(await w.subjects()).toEqual(["Mail 1", "Mail 2", "Mail 3"]);
    expect((await dovecot.flags("box")).join("")).not.toContain("S");
    expect(await w.state()).toMatchObject({ last_result: "nothing-new" });
  });

  test("imap: UIDVALIDITY changed, matched by hash", async () => {
    dovecot = await startDovecot({ users: { box: "secret" }, mails: { box: [mail(1), mail(2), mail(3)] } });
    const w = await mailbox("imap", { after: "keep" });
    await w.poll();
    const before = (await w.state()).epoch;
    await db.owner.pool.query("update identity set epoch = '1' where mailbox_id = $1", [w.id]);
    await w.poll();
    await w.poll();
    expect(await w.subjects()).toHaveLength(3);
    expect(await w.state()).toMatchObject({ epoch: before, recheck: false });
  });

  test("pop3: another UIDL format is a renumbering: nothing is delivered again", async () => {
    dovecot = await startDovecot({ users: { box: "secret" }, mails: { box: [mail(1), mail(2)] } });
    const w = await mailbox("pop3", { after: "keep" });
    await w.poll();
    await dovecot.stop();
    dovecot = await startDovecot({
      users: { box: "secret" },
      mails: { box: [mail(1), mail(2), mail(3)] },
      uidl: "%v.%u",
    });
    await db.owner.pool.query("update mailbox set port = $2 where id = $1", [w.id, dovecot.ports.pop3]);
    await w.poll();
    await w.poll();
    expect(await w.subjects()).toEqual(["Mail 1", "Mail 2", "Mail 3"]);
  });

  test("a mail that arrives in many pieces of 8 MB is streamed", async () => {
    const big = Buffer.concat([
      Buffer.from(mail(1)),
      Buffer.alloc(8_000_000, "0123456789012345678901234567890123456789012345678901234567890123456789012\n"),
    ]);
    dovecot = await startDovecot({ users: { box: "secret" }, mails: { box: [big, mail(2)] } });
    const w = await mailbox("imap");
    await w.poll();
    expect(await w.subjects()).toEqual(["Mail 1", "Mail 2"]);
    expect(await dovecot.list("box")).toHaveLength(0);
  });
});
