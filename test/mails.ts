// Mails in any state for the tests of lists, journeys and pages: a mail with its bytes, its recipients and their fates.
import { randomUUID } from "node:crypto";
import { storeBody } from "@/domain/message/body";
import type { Place } from "@/domain/message/place";
import { settlePlace } from "@/domain/message/place";
import { sqlTransaction } from "@/domain/scope";
import type { Db } from "@/lib/db";

export interface MailWish {
  /** address, place, the server's words about it */
  to?: [address: string, place: Place, words?: string][];
  /** columns of mail by name */
  mail?: Record<string, unknown>;
  bytes?: Buffer;
}

/** With `db` of worker or owner. Without recipients the mail has the place that its columns say. Returns its id. */
export function makeMail(
  db: Db,
  { tenantId, exchangeId }: { tenantId: string; exchangeId: string },
  { to = [], mail = {}, bytes = Buffer.from("Subject: x\r\n\r\nhello\r\n") }: MailWish = {},
): Promise<string> {
  return sqlTransaction(
    db.pool,
    async (sql) => {
      const row: Record<string, unknown> = {
        tenant_id: tenantId,
        id: randomUUID(),
        kind: "collected",
        exchange_id: exchangeId,
        body_id: await storeBody(sql, tenantId, bytes),
        sender: "out@side.example",
        size: bytes.length,
        state: "ready",
        next_attempt_at: new Date(),
        ...mail,
      };
      const names = Object.keys(row);
      await sql.query(
        `insert into mail (${names.join(", ")}) values (${names.map((_, n) => `$${n + 1}`).join(", ")})`,
        Object.values(row),
      );
      for (const [address, place, words] of to)
        await sql.query(
          `insert into recipient (tenant_id, mail_id, address, place, reply_text, reply_code)
           values ($1, $2, $3, $4, $5::text, case when $5::text is null then null else 250 end)`,
          [tenantId, row.id, address, place, words ?? null],
        );
      if (to.length > 0) await settlePlace(sql, tenantId, String(row.id));
      if (mail.state)
        await sql.query("update mail set state = $3 where tenant_id = $1 and id = $2", [tenantId, row.id, mail.state]);
      await sql.query("update ledger set collected = collected + 1 where tenant_id = $1 and $2 = 'collected'", [
        tenantId,
        row.kind,
      ]);
      return String(row.id);
    },
    tenantId,
  );
}
