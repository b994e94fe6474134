// What belongs to the installation as a whole: its id, and the public keys that secrets are sealed to. The owner writes both.
import { randomBytes } from "node:crypto";
import type { Db } from "@/lib/db";
import type { PublicKey } from "@/lib/seal";

/** The id in our Received lines: by it a mail that comes round again is recognised. Made once. */
export async function ensureInstallationId(db: Db): Promise<string> {
  const id = randomBytes(8).toString("hex");
  await db.pool.query(
    "insert into platform_setting (key, value) values ('installation', to_jsonb($1::text)) on conflict do nothing",
    [id],
  );
  return (await installationId(db)) ?? id;
}

export async function installationId(db: Db): Promise<string | null> {
  const { rows } = await db.pool.query<{ id: string }>(
    "select value #>> '{}' as id from platform_setting where key = 'installation'",
  );
  return rows[0]?.id ?? null;
}

/** Makes a key known for the sites that this machine's worker serves; the newest one seals from now on. */
export async function publishKey(db: Db, key: PublicKey, sites: string[]): Promise<void> {
  for (const site of sites) {
    await db.pool.query("insert into site_key (key_id, site, public_key) values ($1, $2, $3) on conflict do nothing", [
      key.keyId,
      site,
      Buffer.from(key.publicKey),
    ]);
  }
}
