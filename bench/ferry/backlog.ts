// A company whose mails wait already: its lane is paused until all of them are in the queue. Then it goes on in the same moment in
// which all mailboxes are due, so that what the others get is not held up by how often a mailbox is looked at.
import { pauseLane, resumeLane } from "@/domain/lane/control";
import { mintScope } from "@/domain/scope-mint";
import { status } from "@/domain/status/status";
import type { TestDatabase } from "@/test/database";
import { until } from "@/test/worker-process";
import type { Ends } from "./contender";

const longestMs = 20 * 60_000;

/** Ends when it waits and everybody else's mailbox was looked at; what it answers lets all of it go. */
export async function waitInQueue(db: TestDatabase, { boxes, scenario }: Ends): Promise<() => Promise<void>> {
  const slug = boxes[0]?.company ?? "";
  const { id } = await db.owner.prisma.tenant.findUniqueOrThrow({ where: { slug } });
  const scope = mintScope(db.owner, id, { kind: "command", name: "bench" });
  await pauseLane(scope, "paused by the bench");
  const waits = async () => {
    const [big] = (await status(db.owner, slug)).tenants;
    const { rows } = await db.owner.pool.query(
      "select 1 from mailbox_state where last_poll_at is null or lease_token is not null limit 1",
    );
    return big?.collected === scenario.backlog && rows.length === 0;
  };
  await until(`${scenario.backlog} mails wait in the queue`, waits, longestMs);
  return async () => {
    await db.owner.pool.query("update mailbox_state set due_at = now() where state = 'active'");
    await resumeLane(scope);
  };
}
