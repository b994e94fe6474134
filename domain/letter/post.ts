// Letters, the portal's half: a one-time link that is also to be mailed to its person. The portal may add a letter and read
// none; the link in it is sealed to the worker.
import { randomUUID } from "node:crypto";
import type { Sql } from "@/domain/scope";
import { type SealContext, seal } from "@/lib/seal";

export interface NewLetter {
  kind: "invitation" | "reset";
  to: string;
  /** of the link, below the portal's address */
  path: string;
}

/** Letters belong to no tenant. */
export const letterContext = (id: string): SealContext => ({ tenantId: "platform", rowId: id, field: "link" });

/** In the transaction that makes the link. Without a key nobody could open it: the portal shows the link all the same. */
export async function postLetter(sql: Sql, letter: NewLetter): Promise<void> {
  const [key] = await sql.query<{ key_id: string; public_key: Uint8Array }>(
    "select key_id, public_key from site_key where site = 'main' and retired_at is null order by created_at desc limit 1",
  );
  if (!key) return;
  const id = randomUUID();
  const sealed = await seal({ keyId: key.key_id, publicKey: key.public_key }, letter.path, letterContext(id));
  // No RETURNING: it would need a right to read.
  await sql.query(
    "insert into letter (id, kind, to_address, key_id, sealed) values ($1::uuid, $2, $3, $4, $5::bytea)",
    [id, letter.kind, letter.to, key.key_id, sealed],
  );
}
