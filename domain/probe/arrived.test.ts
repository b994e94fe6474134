// The code of a test mail: proves what was tested, counts for what is saved, is bound to it, and can't be guessed.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type ExchangeSettings, exchangeDefaults } from "@/domain/exchange/schema";
import { readExchange } from "@/domain/exchange/store";
import { pauseExchange, saveExchange } from "@/domain/exchange/store-write";
import type { TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { Refusal } from "@/lib/errors";
import { type TestDatabase, testDatabase } from "@/test/database";
import { arrivedInput, newCode, openCode, proveArrival, rememberCode } from "./arrived";
import { askProbe } from "./ask";
import { claimProbe, finishProbe } from "./run";

let db: TestDatabase;
let ours: TenantScope;
let theirs: TenantScope;
const person = { kind: "person", personId: randomUUID(), name: "Ada" } as const;
const settings: ExchangeSettings = {
  ...exchangeDefaults,
  host: "mail.contoso.example",
  postmaster: "postmaster@contoso.example",
};
const save = (version: number, change: Partial<ExchangeSettings> = {}) =>
  saveExchange(ours, { ...settings, ...change, version });
const provedBy = async () => (await readExchange(ours))?.postmasterProved?.by ?? null;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.owner.prisma.tenant.deleteMany();
  const make = async (slug: string) =>
    mintScope(
      db.web,
      (await db.owner.prisma.tenant.create({ data: { slug, name: slug, timeZone: "UTC" } })).id,
      person,
    );
  ours = await make("ours");
  theirs = await make("theirs");
});

/** A test whose mail like a notice was taken; answers its code, as it stands in the mail's subject. */
async function tested(change: Partial<ExchangeSettings> = {}): Promise<{ id: string; code: string }> {
  const id = await askProbe(ours, "admin", { kind: "exchange", settings: { ...settings, ...change } });
  const probe = await claimProbe(db.worker, { sites: ["main"], worker: "w", leaseSeconds: 60 });
  if (probe?.id !== id) throw new Error("another probe");
  const code = newCode();
  await rememberCode(db.worker, probe, code);
  const scope = mintScope(db.worker, ours.tenantId, { kind: "worker", workerId: randomUUID(), name: "w" });
  await finishProbe(scope, probe, "done", { ok: true, sentence: "", facts: { noticeTaken: true } });
  return { id, code };
}
const wrong = (code: string) => (code === "000000" ? "000001" : "000000");
const fault = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => null,
    (refused: unknown) => refused,
  );
  return error instanceof Refusal ? (error.fields?.code ?? error.message) : error;
};

it("proves the saved values, is in the audit log, and no code is in the database", async () => {
  await save(0);
  const { id, code } = await tested();
  expect(await openCode(ours, settings)).toMatchObject({ id });
  expect(JSON.stringify(await db.owner.prisma.probe.findMany())).not.toContain(code);
  expect(await provedBy()).toBeNull();
  expect(await proveArrival(ours, id, code)).toEqual({
    host: settings.host,
    port: 25,
    postmaster: settings.postmaster,
    saved: true,
  });
  expect(await provedBy()).toBe("Ada");
  expect(await openCode(ours, settings)).toBeNull();
  const [entry] = await db.owner.prisma.audit.findMany({ where: { action: "exchange.prove-postmaster" } });
  expect(entry).toMatchObject({ tenantId: ours.tenantId, who: "Ada", target: settings.postmaster });
});

it("proves unsaved values for the moment when exactly those are saved, and says that they are not yet", async () => {
  await save(0);
  const { id, code } = await tested({ postmaster: "it@contoso.example" });
  expect(await openCode(ours, settings)).toBeNull();
  expect((await proveArrival(ours, id, code)).saved).toBe(false);
  expect(await provedBy()).toBeNull();
  await save(1, { postmaster: "it@contoso.example", timeoutSeconds: 61 });
  expect(await provedBy()).toBe("Ada");
});

it("proves before anything was saved at all", async () => {
  const { id, code } = await tested();
  expect((await proveArrival(ours, id, code)).saved).toBe(false);
  await save(0);
  expect(await provedBy()).toBe("Ada");
});

it.each<[string, Partial<ExchangeSettings>]>([
  ["address", { postmaster: "it@contoso.example" }],
  ["server", { host: "other.contoso.example" }],
  ["port", { port: 2525 }],
])("another %s is unproved, and so is the first one when it comes back", async (_, change) => {
  await save(0);
  const { id, code } = await tested();
  await proveArrival(ours, id, code);
  await save(1, { timeoutSeconds: 61 });
  await pauseExchange(ours, true);
  expect(await provedBy()).toBe("Ada");
  await save(3, change);
  expect(await provedBy()).toBeNull();
  await save(4);
  expect(await provedBy()).toBeNull();
});

it("takes five wrong codes for one mail, then not even the right one", async () => {
  await save(0);
  const { id, code } = await tested();
  for (const left of [/4 more tries/, /3 more/, /2 more/, /One more try/, /Test again for a new one/])
    expect(await fault(proveArrival(ours, id, wrong(code)))).toMatch(left);
  expect(await fault(proveArrival(ours, id, code))).toMatch(/5 wrong codes were typed for this mail/);
  expect(await openCode(ours, settings)).toBeNull();
  const second = await tested();
  expect((await proveArrival(ours, second.id, second.code)).saved).toBe(true);
});

it("takes thirty wrong codes a day and no more, tried at once or not", async () => {
  await save(0);
  const first = await tested();
  await db.owner.pool.query("update probe set code_tries = 26 where id = $1", [first.id]);
  const { id, code } = await tested();
  const tries = await Promise.all([1, 2, 3, 4, 5, 6].map(() => fault(proveArrival(ours, id, wrong(code)))));
  expect(tries.filter((text) => /not the code/.test(String(text)))).toHaveLength(4);
  expect(tries.filter((text) => /30 wrong codes/.test(String(text)))).toHaveLength(2);
  expect(await fault(proveArrival(ours, id, code))).toMatch(/30 wrong codes/);
});

it("forgets a code after a day; a test without one, and another tenant's, prove nothing", async () => {
  await save(0);
  const { id, code } = await tested();
  expect(await fault(proveArrival(theirs, id, code))).toMatch(/over a day old, or sent no code/);
  await db.owner.pool.query("update probe set requested_at = now() - interval '25 hours' where id = $1", [id]);
  expect(await fault(proveArrival(ours, id, code))).toMatch(/over a day old/);
  const none = await askProbe(ours, "admin", { kind: "exchange", settings });
  expect(await fault(proveArrival(ours, none, code))).toMatch(/sent no code/);
  expect(await provedBy()).toBeNull();
});

it("is typed as people copy it", () => {
  const id = randomUUID();
  expect(arrivedInput.parse({ id, code: " Code 482 913: " })).toEqual({ id, code: "482913" });
  expect(arrivedInput.safeParse({ id, code: "48291" }).success).toBe(false);
});
