// Telling of stored bytes that are wrong: one alert per tenant, raised by the job, or by a mail that could not be sent.
import { raiseAlert, resolveAlert } from "@/domain/alert/store";
import { mailWords } from "@/domain/mail-words";
import type { BodyMissing } from "@/domain/message/body";
import type { BodyChanged } from "@/domain/message/body-proof";
import { sqlOf, type TenantScope } from "@/domain/scope";
import { wrongOf } from "./bytes";
import { faultCounts, noteFault, wrongMails } from "./faults";
import { namedMails } from "./words";

const namedInAlert = 5;

/** Raises the alert with the number and the first mails, or ends it. */
export async function tellFaults(scope: TenantScope): Promise<number> {
  const { db, tenantId } = scope;
  const sql = sqlOf(db.pool);
  const wrong = (await faultCounts(sql, [tenantId])).get(tenantId) ?? 0;
  const cause = `bytes:${tenantId}`;
  if (wrong === 0) {
    await resolveAlert(db, cause);
    return 0;
  }
  const first = await wrongMails(sql, tenantId, namedInAlert);
  const [tenant] = await sql.query<{ name: string }>("select name from tenant where id = $1::uuid", [tenantId]);
  const mails = first.map(({ mailId, place, why, octets, size }) => ({ id: mailId, place, why, octets, size }));
  const text = `The stored bytes of ${mailWords(wrong)} of ${tenant?.name ?? "a company"} are not what was collected: ${namedMails(first, wrong)}.`;
  await raiseAlert(db, { cause, kind: "bytes", tenantId, text, facts: { wrong, mails } });
  return wrong;
}

/** Found while a mail was being sent. The job looks at it again in its next round, so this ends as its own findings do. */
export async function tellUnfit(
  scope: TenantScope,
  bodyId: string,
  fault: BodyMissing | BodyChanged,
  now: Date,
): Promise<void> {
  const wrong = wrongOf(fault);
  if (!wrong) return;
  await noteFault(scope, bodyId, { octets: fault.octets, wrong }, now);
  await tellFaults(scope);
}
