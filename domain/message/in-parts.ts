// Many mails in a person's hands, in parts that each answer soon: what is done, what stays and why, and where the next begins.
import { sqlInTenant, type TenantScope } from "@/domain/scope";
import { Refusal } from "@/lib/errors";
import { againOnDeadlock } from "./deadlock";
import type { Part } from "./decide-schema";
import { type Param, valuesFor } from "./stuck";

export interface Decided {
  done: string[];
  /** these stay selected */
  failed: { id: string; message: string }[];
  /** how many are left after this part */
  left: number;
  /** where the next part begins; null when nothing is left */
  next: number | null;
}

/** Mails by id, or the condition on `mail m` for being among them. */
export type Meant = { ids: readonly string[] } | { where: (param: Param) => string };

const perPart = 100;

/** `one` moves a mail in a transaction of its own, so that one that can't be moved holds up no other. */
export async function inParts(
  scope: TenantScope,
  meant: Meant,
  part: Part,
  one: (id: string) => Promise<void>,
): Promise<Decided> {
  const { ids, left, next } = await mailsOf(scope, meant, part);
  const decided: Decided = { done: [], failed: [], left, next };
  for (const id of ids) {
    try {
      await againOnDeadlock(() => one(id));
      decided.done.push(id);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      decided.failed.push({ id, message: error.message });
    }
  }
  return decided;
}

/** How many there are, and the newest of them: said before they are moved, and kept to by `until`. */
export async function countMeant(
  scope: TenantScope,
  where: (param: Param) => string,
): Promise<{ mails: number; until: number }> {
  const { values, param } = valuesFor(scope.tenantId);
  const condition = where(param);
  const [row] = await sqlInTenant(scope, (sql) =>
    sql.query<{ mails: number; until: number }>(
      `select count(*)::int as mails, coalesce(max(m.seq), 0)::float8 as until from mail m
       where m.tenant_id = $1::uuid and ${condition}`,
      values,
    ),
  );
  return row ?? { mails: 0, until: 0 };
}

/** This part's mails, the oldest first. Ids that are no mail of the tenant's come too: the answer names them. */
async function mailsOf(scope: TenantScope, meant: Meant, part: Part) {
  if ("ids" in meant) return { ids: [...new Set(meant.ids)], left: 0, next: null };
  const { values, param } = valuesFor(scope.tenantId);
  const bounds = `m.seq > ${param(part.after ?? 0)} and (${param(part.until ?? null)}::float8 is null or m.seq <= $3)`;
  const condition = meant.where(param);
  const rows = await sqlInTenant(scope, (sql) =>
    sql.query<{ id: string; seq: number; total: number }>(
      `select m.id, m.seq::float8 as seq, count(*) over ()::int as total from mail m
       where m.tenant_id = $1::uuid and ${bounds} and ${condition} order by m.seq limit ${param(part.limit ?? perPart)}`,
      values,
    ),
  );
  const left = (rows[0]?.total ?? 0) - rows.length;
  return { ids: rows.map(({ id }) => id), left, next: left > 0 ? (rows.at(-1)?.seq ?? null) : null };
}
