// A mailbox saved step by step: stopped until the last step, and by no other way started than by a person.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { TenantScope } from "@/domain/scope";
import { makeTenant, personScope } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type MailboxEdit, type MailboxSettings, mailboxDefaults } from "./schema";
import { setUpStep } from "./setting-up";
import { readMailbox } from "./store";
import { startMailbox } from "./store-run";
import { saveMailbox } from "./store-write";

let db: TestDatabase;
let ours: TenantScope;
const now = new Date("2026-11-20T10:00:00Z");
const settings: MailboxSettings = {
  ...mailboxDefaults,
  name: "info",
  protocol: "imap",
  host: "imap.provider.example",
  port: 993,
  username: "info@contoso.example",
  recipients: { mode: "single", address: "info@contoso.example" },
};
const edit = (version: number, change: Partial<MailboxEdit> = {}): MailboxEdit => ({ ...settings, version, ...change });

beforeAll(async () => {
  db = await testDatabase();
  await db.owner.pool.query("insert into site_key (key_id, site, public_key) values ('k', 'main', $1)", [
    Buffer.from("0900000000000000000000000000000000000000000000000000000000000000", "hex"),
  ]);
});
afterAll(() => db.drop());
beforeEach(async () => {
  ours = personScope(db, (await makeTenant(db)).tenantId);
});

const begin = async () => (await saveMailbox(ours, null, edit(0, { password: "x" }), now, "place")).id;
const read = async (id: string) => {
  const row = await readMailbox(ours, id);
  if (!row) throw new Error("gone");
  return row;
};

it("is stopped until its last step, and says what it waits for", async () => {
  const id = await begin();
  expect(await read(id)).toMatchObject({ state: "stopped", nextPollAt: null });
  expect(setUpStep(await read(id))).toBe("recipients");
  await saveMailbox(ours, id, edit(1, { host: "other.provider.example", password: "x" }), now, "place");
  expect(setUpStep(await read(id))).toBe("recipients");
  // Saved as it was found: that is a decision too.
  const same = edit(2, { host: "other.provider.example" });
  await saveMailbox(ours, id, same, now, "recipients");
  expect(setUpStep(await read(id))).toBe("start");
  await saveMailbox(ours, id, { ...same, start: "now" }, now, "start");
  expect(await read(id)).toMatchObject({ state: "active", reasonKind: null, nextPollAt: now });
  expect((await read(id)).settings.start).toBe(now.toISOString());
});

it("started without its second step, it says that who gets the mail was skipped, until somebody decides", async () => {
  const all = { start: "all" } as const;
  const id = (await saveMailbox(ours, null, edit(0, { ...all, password: "x" }), now, "place")).id;
  await saveMailbox(ours, id, edit(1, all), now, "start");
  expect(await read(id)).toMatchObject({ state: "active", recipientsSkipped: true });
  await saveMailbox(ours, id, edit(1, all), now, "place");
  expect((await read(id)).recipientsSkipped).toBe(true);
  await saveMailbox(ours, id, edit(1, all), now, "recipients");
  expect(await read(id)).toMatchObject({ state: "active", recipientsSkipped: false });
  const other = (
    await saveMailbox(ours, null, edit(0, { ...all, name: "other", username: "other", password: "x" }), now, "place")
  ).id;
  await startMailbox(ours, other);
  expect(await read(other)).toMatchObject({ state: "active", recipientsSkipped: true });
  await saveMailbox(ours, other, edit(2, { ...all, name: "other", username: "other", pollSeconds: 60 }), now);
  expect((await read(other)).recipientsSkipped).toBe(false);
});

it("who gets the mail stays decided when its place is saved again before and after the start", async () => {
  const all = { start: "all" } as const;
  const { id } = await saveMailbox(ours, null, edit(0, { ...all, password: "wrong" }), now, "place");
  await saveMailbox(ours, id, edit(1, all), now, "recipients");
  await saveMailbox(ours, id, edit(1, { ...all, password: "wrong again" }), now, "place");
  expect(setUpStep(await read(id))).toBe("start");
  await saveMailbox(ours, id, edit(2, all), now, "start");
  await saveMailbox(ours, id, edit(2, { ...all, password: "x" }), now, "place");
  expect(await read(id)).toMatchObject({ state: "active", recipientsSkipped: false });
});

it("a save of the whole form decides who gets the mail and starts nothing", async () => {
  const id = await begin();
  await saveMailbox(ours, id, edit(1, { pollSeconds: 60 }), now);
  expect(setUpStep(await read(id))).toBe("start");
  expect((await read(id)).state).toBe("stopped");
  await startMailbox(ours, id);
  expect(setUpStep(await read(id))).toBeNull();
});

it("the last step starts no mailbox that is stopped for another reason, or paused", async () => {
  const id = await begin();
  await db.owner.pool.query("update mailbox_state set reason_kind = 'renumbered' where mailbox_id = $1", [id]);
  await saveMailbox(ours, id, edit(1, { pollSeconds: 60 }), now, "start");
  expect(await read(id)).toMatchObject({ state: "stopped", reasonKind: "renumbered" });
  await db.owner.pool.query("update mailbox_state set state = 'paused', reason_kind = null where mailbox_id = $1", [
    id,
  ]);
  await saveMailbox(ours, id, edit(2, { pollSeconds: 90, paused: true }), now, "start");
  expect((await read(id)).state).toBe("paused");
});

it("a mailbox that is added by the whole form collects at once, as ever", async () => {
  const { id } = await saveMailbox(ours, null, edit(0, { password: "x" }), now);
  expect(await read(id)).toMatchObject({ state: "active", nextPollAt: now });
});
