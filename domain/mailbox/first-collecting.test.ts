// The first collecting in numbers: of this mailbox alone, and bounded however much mail the tenant has.
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Place } from "@/domain/message/place";
import { makeMailbox, makeTenant, personScope } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { makeMail } from "@/test/mails";
import { collectedFrom } from "./first-collecting";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

it("counts the mails of the mailbox by place, and looks through the newest only", async () => {
  const world = await makeTenant(db);
  const [ours, theirs] = [personScope(db, world.tenantId), personScope(db, (await makeTenant(db)).tenantId)];
  const mailbox = await makeMailbox(db, world.tenantId, { name: "info", port: 1 });
  const other = await makeMailbox(db, world.tenantId, { name: "other", port: 2 });
  const make = (place: Place, of: string, subject = "x") =>
    makeMail(db.worker, world, {
      to: [["a@contoso.example", place]],
      mail: {
        mailbox_id: of,
        subject,
        place,
        state: place === "waiting" ? "ready" : "settled",
        settled_at: place === "waiting" ? null : new Date(),
      },
    });
  const first = await make("delivered", mailbox, "First");
  await make("delivered", mailbox);
  await make("waiting", mailbox);
  await make("badmail", mailbox);
  await make("delivered", other);
  expect(await collectedFrom(ours, mailbox)).toMatchObject({
    total: 4,
    waiting: 1,
    delivered: 2,
    held: 0,
    badmail: 1,
    more: false,
    first: { id: first, subject: "First" },
  });
  expect(await collectedFrom(ours, mailbox, 3)).toMatchObject({ total: 2, waiting: 1, more: true, first: null });
  expect(await collectedFrom(theirs, mailbox)).toMatchObject({ total: 0, first: null });
});
