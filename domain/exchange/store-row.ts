// The Exchange server's row and the settings that people see, one into the other.
import type { Exchange } from "@/prisma/client/client";
import type { ExchangeSettings } from "./schema";

/** The row was written through the schema, so its texts are the schema's own words. */
export const settingsOfRow = (row: Exchange, paused: boolean): ExchangeSettings => ({
  host: row.host,
  port: row.port,
  tls: row.tls as ExchangeSettings["tls"],
  certificate: row.certificate,
  certificateName: row.certificateName,
  oldestTls: row.oldestTls as ExchangeSettings["oldestTls"],
  timeoutSeconds: row.timeoutSeconds,
  retryMinutes: row.retryMinutes,
  giveUpAfterHours: row.giveUpAfterHours,
  heloDomain: row.heloDomain,
  username: row.username,
  maxConnections: row.maxConnections,
  paused,
  uncertain: row.uncertain as ExchangeSettings["uncertain"],
  postmaster: row.postmaster,
  notify: {
    spam: row.notifySpam,
    unknownRecipient: row.notifyUnknownRecipient,
    badmail: row.notifyBadmail,
    collecting: row.notifyCollecting,
  },
});

/** `paused` is not here: it is the lane's state. */
export const rowOfSettings = (settings: ExchangeSettings) => ({
  host: settings.host,
  port: settings.port,
  tls: settings.tls,
  certificate: settings.certificate,
  certificateName: settings.certificateName,
  oldestTls: settings.oldestTls,
  timeoutSeconds: settings.timeoutSeconds,
  retryMinutes: settings.retryMinutes,
  giveUpAfterHours: settings.giveUpAfterHours,
  heloDomain: settings.heloDomain,
  username: settings.username,
  maxConnections: settings.maxConnections,
  uncertain: settings.uncertain,
  postmaster: settings.postmaster,
  notifySpam: settings.notify.spam,
  notifyUnknownRecipient: settings.notify.unknownRecipient,
  notifyBadmail: settings.notify.badmail,
  notifyCollecting: settings.notify.collecting,
});
