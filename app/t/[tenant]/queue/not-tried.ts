// What keeps a mail that was never tried: short, since the lane's whole reason stands above or behind it.
import type { QueueLane } from "@/domain/queue/lane";

/** `why`: the whole sentence, for whoever asks. */
export function notTried(lane: Pick<QueueLane, "state" | "reason" | "attended"> | null): {
  short: string;
  why: string;
} {
  const said = (short: string) => ({ short, why: lane?.reason ?? "" });
  if (!lane) return said("no server is set up yet");
  switch (lane.state) {
    case "open":
      return said("the server takes no mail");
    case "half-open":
      return said("the server is being tried");
    case "paused":
      return said("delivery is paused");
    case "closed":
      return said(lane.attended ? "not tried yet" : "no worker is running");
  }
}
