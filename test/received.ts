// A mail as intake leaves it: stored whole, and not routed yet.
import { createHash, randomUUID } from "node:crypto";
import { storeBody } from "@/domain/message/body";
import { sqlTransaction } from "@/domain/scope";
import type { World } from "./collecting";
import type { TestDatabase } from "./database";

/** `lines` are its headers; `more` are columns of `mail`. Answers its id. */
export async function receiveMail(
  db: TestDatabase,
  world: World,
  mailboxId: string,
  lines: string[],
  more: Record<string, unknown> = {},
): Promise<string> {
  const bytes = Buffer.from(`${lines.join("\r\n")}\r\n\r\nText\r\n`);
  const id = randomUUID();
  await sqlTransaction(
    db.owner.pool,
    async (sql) => {
      const row: Record<string, unknown> = {
        tenant_id: world.tenantId,
        id,
        kind: "collected",
        mailbox_id: mailboxId,
        body_id: await storeBody(sql, world.tenantId, bytes),
        size: bytes.length,
        sender: "x@out.example",
        subject: "Hello",
        message_id: "<1@out.example>",
        content_hash: createHash("sha256").update("same").digest(),
        ...more,
      };
      const names = Object.keys(row);
      await sql.query(
        `insert into mail (${names.join(", ")}) values (${names.map((_, n) => `$${n + 1}`).join(", ")})`,
        Object.values(row),
      );
    },
    world.tenantId,
  );
  return id;
}
