// Alert: tells the installation's own people, by the provider's own server, what cannot or should not go through a tenant's.
import { statfs } from "node:fs/promises";
import { composeAlert } from "@/domain/alert/compose";
import { diskNews } from "@/domain/alert/disk";
import { raiseLanes, resolveLanes } from "@/domain/alert/lanes";
import {
  alertReceivers,
  claimAlerts,
  forgetUntold,
  markNotConfigured,
  markTold,
  markUntold,
  raiseAlert,
  resolveAlert,
  type ToTell,
} from "@/domain/alert/store";
import { mailFrom } from "@/domain/notice/sender";
import { settleNotices } from "@/domain/notice/store";
import { wordsOf } from "@/lib/errors";
import { outgoing } from "./outgoing";
import type { Room, WorkerContext } from "./room";

const restMs = 5_000;

export const alertRoom: Room = {
  name: "alert",
  async step(context) {
    const { db, env } = context;
    await raiseLanes(db, env.sites);
    await resolveLanes(db);
    for (const { tenantId, reply } of await settleNotices(db))
      await raiseAlert(db, {
        cause: `notice:${tenantId}`,
        kind: "notice",
        tenantId,
        text: `A notice to a postmaster could not be delivered. The server said: ${reply}`,
      });
    await watchDisk(context);
    await forgetUntold(db);
    const receivers = env.smtpUrl ? await alertReceivers(db, env.alertTo) : [];
    if (receivers.length === 0) await markNotConfigured(db);
    else await tellAll(context, receivers);
    return restMs;
  },
};

async function tellAll(context: WorkerContext, receivers: string[]): Promise<void> {
  const { db, env, name, log } = context;
  const alerts = await claimAlerts(db);
  if (alerts.length === 0) return;
  const transport = outgoing(env);
  try {
    for (const alert of alerts) await tell(alert);
  } finally {
    transport.close();
  }

  async function tell(alert: ToTell): Promise<void> {
    const { subject, text } = composeAlert(alert, Intl.DateTimeFormat().resolvedOptions().timeZone, env.url);
    try {
      await transport.sendMail({
        from: { name: "Mailferry", address: mailFrom(env.mailFrom, name) },
        to: receivers,
        subject,
        text,
        headers: { "Auto-Submitted": "auto-generated" },
      });
      await markTold(db, alert);
      log.info({ alert: alert.kind, tenant: alert.tenantId, over: alert.recovered !== null }, "alert told");
    } catch (error) {
      await markUntold(db, alert, wordsOf(error));
      log.warn({ err: error, alert: alert.kind }, "alert not told");
    }
  }
}

/** The data folder's disk: with the embedded database the queue lies there. */
async function watchDisk({ db, env, name }: WorkerContext): Promise<void> {
  const cause = `disk:${name}`;
  const disk = await statfs(env.dataFolder).catch(() => null);
  if (!disk || disk.blocks === 0) return;
  const free = disk.bavail * disk.bsize;
  const share = disk.bavail / disk.blocks;
  const news = diskNews({ freeBytes: free, share });
  if (news === "low") {
    const text = `The disk of ${env.dataFolder} on ${name} has ${(free / 1e9).toFixed(1)} GB (${Math.round(share * 100)} %) left.`;
    await raiseAlert(db, { cause, kind: "disk", tenantId: null, text });
  } else if (news === "fine") {
    await resolveAlert(db, cause);
  }
}
