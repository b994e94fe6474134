// After a restore: what is collected now and stood at the source before it may have been collected and delivered already,
// after the backup was taken. Nothing here knows of that; so it is marked.

export interface RestoredMailbox {
  /** the instant of the backup */
  from: Date;
  /** the instant of the restore: until then others may have delivered */
  at: Date;
  /** no session has yet collected all that the source showed since */
  open: boolean;
}

/** A mail that comes to light later: about the backup means not long before it. */
const about = 24 * 3_600_000;

/**
 * Judged by when the provider received it. Until all was collected once there is no lower bound: a mailbox that was paused,
 * or had much to collect at the backup, was behind by any time. Without such a time that first round alone decides.
 */
export function mayBeRepeat(restored: RestoredMailbox | null, receivedAt: Date | null): boolean {
  if (!restored) return false;
  if (receivedAt === null) return restored.open;
  if (receivedAt > restored.at) return false;
  return restored.open || receivedAt.getTime() >= restored.from.getTime() - about;
}

/** As its journey tells it. */
export const repeatWords = ({ from }: RestoredMailbox): string =>
  `Collected after a restore from a backup of ${stamp(from)}: may have been collected and delivered since that backup.`;

export const stamp = (at: Date): string => `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
