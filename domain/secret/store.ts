// Sealed values: one row per (tenant, row, field). The web role may write them and may read everything but `sealed`.

import type { Sql, TenantScope } from "@/domain/scope";
import { Refusal } from "@/lib/errors";
import { type PrivateKeys, type PublicKey, seal } from "@/lib/seal";

/** The newest public key of the tenant's site. Only the owner writes keys: `migrate` and `start` do. */
export async function sealingKey(sql: Sql, scope: TenantScope): Promise<PublicKey> {
  const [row] = await sql.query<{ key_id: string; public_key: Uint8Array }>(
    `select k.key_id, k.public_key from site_key k join tenant t on t.site = k.site
     where t.id = $1::uuid and k.retired_at is null order by k.created_at desc limit 1`,
    [scope.tenantId],
  );
  if (!row)
    throw new Refusal(
      "There is no key to seal passwords for this tenant's site. Run “npm run mailferry -- migrate” on the worker's machine.",
    );
  return { keyId: row.key_id, publicKey: row.public_key };
}

/** Seals and stores. INSERT … DO NOTHING, then UPDATE: an upsert would need to read `sealed`, which web may not. */
export async function putSecret(
  sql: Sql,
  scope: TenantScope,
  rowId: string,
  field: string,
  text: string,
): Promise<void> {
  const key = await sealingKey(sql, scope);
  const sealed = await seal(key, text, { tenantId: scope.tenantId, rowId, field });
  const values = [scope.tenantId, rowId, field, key.keyId, sealed];
  await sql.query(
    `insert into secret (tenant_id, row_id, field, key_id, sealed)
     values ($1::uuid, $2::uuid, $3, $4, $5) on conflict do nothing`,
    values,
  );
  await sql.query(
    `update secret set key_id = $4, sealed = $5, updated_at = now()
     where tenant_id = $1::uuid and row_id = $2::uuid and field = $3`,
    values,
  );
}

export async function removeSecret(sql: Sql, scope: TenantScope, rowId: string, field: string): Promise<void> {
  await sql.query("delete from secret where tenant_id = $1::uuid and row_id = $2::uuid and field = $3", [
    scope.tenantId,
    rowId,
    field,
  ]);
}

export async function hasSecret(sql: Sql, scope: TenantScope, rowId: string, field: string): Promise<boolean> {
  const rows = await sql.query("select 1 from secret where tenant_id = $1::uuid and row_id = $2::uuid and field = $3", [
    scope.tenantId,
    rowId,
    field,
  ]);
  return rows.length > 0;
}

/** For worker and command line only: the web role's select on `sealed` is refused by Postgres. Null when none is stored. */
export async function openSecret(
  sql: Sql,
  scope: TenantScope,
  keys: PrivateKeys,
  rowId: string,
  field: string,
): Promise<string | null> {
  const [row] = await sql.query<{ key_id: string; sealed: Uint8Array }>(
    "select key_id, sealed from secret where tenant_id = $1::uuid and row_id = $2::uuid and field = $3",
    [scope.tenantId, rowId, field],
  );
  return row ? keys.open(row.key_id, row.sealed, { tenantId: scope.tenantId, rowId, field }) : null;
}
