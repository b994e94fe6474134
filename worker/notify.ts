// Notify: what postmasters are to be told becomes mail in their own tenant's queue, as often as the pace allows.
import { randomUUID } from "node:crypto";
import { buildOwnMail } from "@/domain/notice/build";
import { composeNotice } from "@/domain/notice/compose";
import { mayTell, paceAfter } from "@/domain/notice/pace";
import { lockPace, type PendingKind, pendingKinds, pendingNotices, savePace } from "@/domain/notice/pending";
import { receiversOf } from "@/domain/notice/receivers";
import { mailFrom } from "@/domain/notice/sender";
import { dropPending, headersOf, noticeTarget, queueNotice } from "@/domain/notice/store";
import { isWanted } from "@/domain/notice/wanted";
import { sqlTransaction } from "@/domain/scope";
import { failPoint } from "./fail-points";
import type { Room, WorkerContext } from "./room";

const restMs = 1000;
const mostHeaderBytes = 128 * 1024;

export const notifyRoom: Room = {
  name: "notify",
  async step(context) {
    let told = 0;
    for (const pending of await pendingKinds(context.db, context.env.sites)) {
      if (context.stopping.aborted) break;
      if (!mayTell(pending.pace, pending.oldest, pending.now)) continue;
      try {
        const here = await tell(context, pending);
        if (here > 0) await failPoint("notice.after");
        told += here;
      } catch (error) {
        // One tenant's fault delays only its own notices.
        context.log.error({ err: error, tenant: pending.tenantId, kind: pending.kind }, "notice not composed");
      }
    }
    if (told > 0) context.log.info({ told }, "notices queued");
    return restMs;
  },
};

/** One mail of one kind to one postmaster, in one transaction. Returns how many events it tells of. */
async function tell({ db, env, name }: WorkerContext, { tenantId, kind }: PendingKind): Promise<number> {
  const target = await noticeTarget(db, tenantId);
  if (!target) return 0;
  return sqlTransaction(
    db.pool,
    async (sql) => {
      const locked = await lockPace(sql, tenantId, kind);
      if (!locked) return 0;
      const { pace, now } = locked;
      const items = isWanted(kind, target.boxes) ? await pendingNotices(sql, tenantId, kind) : [];
      const [first] = items;
      if (!first) {
        await dropPending(sql, tenantId, kind, now);
        return 0;
      }
      // Another worker may have told in the meantime: what is pending now is younger.
      if (!mayTell(pace, first.at, now)) return 0;
      const { subject, text, shown } = composeNotice(kind, items, { ...target, url: env.url });
      const mailId = randomUUID();
      const from = mailFrom(env.mailFrom, name);
      const receivers = await receiversOf(sql, tenantId, kind, target.postmaster);
      const wanted = shown.flatMap(({ mailId }) => mailId ?? []);
      const { bytes, messageId } = await buildOwnMail({
        id: mailId,
        workerName: name,
        from,
        to: receivers,
        subject,
        text,
        date: now,
        attachedHeaders: attached(await headersOf(sql, tenantId, wanted), wanted),
      });
      const { exchangeId } = target;
      const noticeIds = items.map(({ id }) => id);
      await queueNotice(
        sql,
        { tenantId, exchangeId, mailId, receivers, from, subject, messageId, bytes, noticeIds },
        now,
      );
      await savePace(sql, tenantId, kind, paceAfter(pace, first.at, now, env.digestSeconds));
      await failPoint("notice.before");
      return items.length;
    },
    tenantId,
  );
}

/** In the order of the text, as far as a bounded mail carries them. */
function attached(found: { id: string; header: Buffer }[], order: string[]) {
  let room = mostHeaderBytes;
  return order.flatMap((id, index) => {
    const header = found.find((row) => row.id === id)?.header;
    if (!header || header.length > room) return [];
    room -= header.length;
    return { name: `headers-${index + 1}.txt`, header };
  });
}
