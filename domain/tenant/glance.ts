// One glance at a tenant: does its mail flow, does it need somebody, or does it stand still? In a word and a sentence.
import type { TenantGlance } from "./store-platform";

export interface Glance {
  state: "flowing" | "needs" | "stopped" | "idle";
  sentence: string;
}

export type GlanceFacts = Pick<
  TenantGlance,
  | "state"
  | "waiting"
  | "held"
  | "badmail"
  | "lanes"
  | "mailboxes"
  | "mailboxesFailing"
  | "mailboxesStopped"
  | "served"
  | "noRoom"
>;

const mails = (count: number) => `${count} ${count === 1 ? "mail" : "mails"}`;

/** The worst first: what stands still, then what waits for a person, then what flows. */
export function glanceOf(tenant: GlanceFacts): Glance {
  if (tenant.state === "closed")
    return {
      state: "idle",
      sentence: tenant.waiting > 0 ? `Closed; ${mails(tenant.waiting)} still waiting` : "Closed",
    };
  const setUp = tenant.lanes.length > 0 || tenant.mailboxes > 0;
  if (!tenant.served && setUp)
    return { state: "stopped", sentence: "No worker runs for it: nothing is collected or delivered" };
  const lane = tenant.lanes.find((one) => one.state !== "closed");
  if (lane) {
    const what =
      lane.state === "paused"
        ? `${lane.host} is paused`
        : (lane.reason ?? `${lane.host} does not take mail`).replace(/\.$/, "");
    return { state: "stopped", sentence: tenant.waiting > 0 ? `${what}; ${mails(tenant.waiting)} waiting` : what };
  }
  if (tenant.noRoom && tenant.mailboxes > 0)
    return { state: "stopped", sentence: "Collecting is paused: the database is nearly full" };
  const broken = tenant.mailboxesFailing + tenant.mailboxesStopped;
  if (broken > 0 && broken >= tenant.mailboxes)
    return {
      state: "stopped",
      sentence: broken === 1 ? "Its mailbox can't be collected" : "No mailbox can be collected",
    };
  if (broken > 0) return { state: "needs", sentence: `${broken} of ${tenant.mailboxes} mailboxes can't be collected` };
  const decisions = tenant.held + tenant.badmail;
  if (decisions > 0) return { state: "needs", sentence: `${mails(decisions)} waiting for a decision` };
  if (tenant.lanes.length === 0) return { state: "idle", sentence: "No Exchange server yet" };
  if (tenant.mailboxes === 0) return { state: "idle", sentence: "No mailbox yet" };
  return {
    state: "flowing",
    sentence: tenant.waiting > 0 ? `Flowing; ${mails(tenant.waiting)} on the way` : "Flowing",
  };
}
