import { randomUUID } from "node:crypto";
import pino from "pino";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { type TestDatabase, testDatabase } from "@/test/database";
import { notifyRoom } from "@/worker/notify";
import type { WorkerContext } from "@/worker/room";
import { addReceiver, listReceivers, removeReceiver } from "./receivers";
import { toldBeside } from "./receivers-schema";
import { listPending, listSent } from "./sent";

let db: TestDatabase;
let ours: TenantScope;
let theirs: TenantScope;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.owner.prisma.tenant.deleteMany();
  [ours, theirs] = [await company("contoso"), await company("fabrikam")];
});

async function company(slug: string): Promise<TenantScope> {
  const { prisma } = db.owner;
  const { id: tenantId } = await prisma.tenant.create({ data: { slug, name: slug, timeZone: "UTC" } });
  const { id: exchangeId } = await prisma.exchange.create({
    data: { tenantId, host: `mail.${slug}.example`, postmaster: `post@${slug}.example` },
  });
  await prisma.lane.create({ data: { tenantId, exchangeId } });
  return mintScope(db.web, tenantId, { kind: "command", name: "Ann" });
}

const happen = ({ tenantId }: TenantScope, kind: string) =>
  db.owner.prisma.notice.create({ data: { tenantId, kind, cause: "some cause" } });

const notify = () =>
  notifyRoom.step({
    db: db.worker,
    workerId: randomUUID(),
    name: "ferry.provider.example",
    installation: "test",
    env: { sites: ["main"], mailFrom: "", url: "", digestSeconds: 900 } as unknown as WorkerContext["env"],
    keys: { keyIds: [], open: async () => "" },
    log: pino({ level: "silent" }),
    clock: () => new Date(),
    stopping: new AbortController().signal,
    hurry: new AbortController().signal,
  });

it("adds addresses of the tenant's own domains, each once, and writes it down", async () => {
  await addReceiver(ours, { address: "Ann@contoso.example", kinds: ["held", "spam"] });
  expect(await listReceivers(ours)).toMatchObject([{ address: "Ann@contoso.example", kinds: ["spam", "held"] }]);
  await expect(addReceiver(ours, { address: "ann@CONTOSO.example", kinds: ["spam"] })).rejects.toMatchObject({
    fields: { address: expect.stringContaining("told already") },
  });
  await expect(addReceiver(ours, { address: "ann@fabrikam.example", kinds: ["spam"] })).rejects.toMatchObject({
    fields: { address: expect.stringContaining("no domain that Mailferry collects for (those are contoso.example)") },
  });
  const [entry] = await db.owner.prisma.audit.findMany({ where: { tenantId: ours.tenantId } });
  expect(entry).toMatchObject({ action: "notice.receiver-add", target: "Ann@contoso.example", who: "Ann" });
});

it("holds twenty at most, also when many are added at once", async () => {
  const added = await Promise.allSettled(
    Array.from({ length: 23 }, (_, n) => addReceiver(ours, { address: `a${n}@contoso.example`, kinds: ["spam"] })),
  );
  expect(added.filter(({ status }) => status === "fulfilled")).toHaveLength(20);
});

it("finds nothing by another tenant's id", async () => {
  await addReceiver(theirs, { address: "ben@fabrikam.example", kinds: ["spam"] });
  const [their] = await listReceivers(theirs);
  expect(await listReceivers(ours)).toEqual([]);
  await expect(removeReceiver(ours, their?.id ?? "")).rejects.toThrow("not there any more");
  await removeReceiver(theirs, their?.id ?? "");
  expect(await listReceivers(theirs)).toEqual([]);
});

it("sends a kind to the postmaster and to whom that kind is told, in one mail, and shows what came of it", async () => {
  await addReceiver(ours, { address: "ann@contoso.example", kinds: ["spam"] });
  await addReceiver(ours, { address: "ben@contoso.example", kinds: ["held"] });
  await addReceiver(ours, { address: "POST@contoso.example", kinds: ["spam"] });
  await happen(ours, "spam");
  await happen(ours, "spam");
  expect(await listPending(ours)).toMatchObject([{ kind: "spam", events: 2, nextAt: null }]);
  await notify();
  expect(await listPending(ours)).toEqual([]);
  const { rows } = await listSent(ours, null, 10);
  expect(rows).toMatchObject([{ kind: "spam", events: 2, subject: expect.stringContaining("refused as spam") }]);
  expect(rows[0]?.receivers.map(({ address, place }) => `${address} ${place}`)).toEqual([
    "ann@contoso.example waiting",
    "post@contoso.example waiting",
  ]);
  const { rows: bytes } = await db.owner.pool.query("select data from body_chunk order by n limit 1");
  expect(bytes[0].data.toString()).toMatch(/^To: post@contoso\.example, ann@contoso\.example\r$/m);
  await db.owner.pool.query(
    `update recipient set place = 'badmail', reply_code = 550, reply_enhanced = '5.1.1', reply_text = '5.1.1 unknown'
     where tenant_id = $1 and address like 'ann@%'`,
    [ours.tenantId],
  );
  expect((await listSent(ours, null, 10)).rows[0]?.receivers[0]).toMatchObject({
    place: "badmail",
    text: "5.1.1 unknown",
  });
  expect((await listSent(theirs, null, 10)).rows).toEqual([]);
  expect(await listPending(theirs)).toEqual([]);
});

it("leaves out whose domain is not collected for any more, and shows it, until it is again", async () => {
  const { prisma } = db.owner;
  const mailbox = () =>
    prisma.mailbox.create({
      data: {
        ...{ tenantId: ours.tenantId, name: "old", protocol: "pop3", host: "pop.example", port: 995, username: "u" },
        ...{ recipientMode: "single", recipientAddress: "info@Old.example" },
      },
    });
  await mailbox();
  await addReceiver(ours, { address: "ann@old.example", kinds: ["spam"] });
  await addReceiver(ours, { address: "ben@contoso.example", kinds: ["spam"] });
  await prisma.mailbox.deleteMany({ where: { tenantId: ours.tenantId } });
  const outside = async () =>
    (await listReceivers(ours)).map(({ address, outside }) => `${address} ${outside ? "outside" : "inside"}`);
  expect(await outside()).toEqual(["ann@old.example outside", "ben@contoso.example inside"]);
  await happen(ours, "spam");
  await notify();
  const told = async () => (await listSent(ours, null, 1)).rows[0]?.receivers.map(({ address }) => address);
  expect(await told()).toEqual(["ben@contoso.example", "post@contoso.example"]);
  expect(toldBeside(await listReceivers(ours), "post@contoso.example")).toEqual(["ben@contoso.example"]);
  await mailbox();
  expect(toldBeside(await listReceivers(ours), "BEN@contoso.example")).toEqual(["ann@old.example"]);
  expect(await outside()).toEqual(["ann@old.example inside", "ben@contoso.example inside"]);
});

it("pages by number, the newest first", async () => {
  for (const kind of ["spam", "held", "collecting"]) {
    await happen(ours, kind);
    await notify();
  }
  const first = await listSent(ours, null, 2);
  expect(first.rows.map(({ kind }) => kind)).toEqual(["collecting", "held"]);
  expect((await listSent(ours, first.older, 2)).rows.map(({ kind }) => kind)).toEqual(["spam"]);
});
