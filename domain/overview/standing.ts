// One look at a tenant: does its mail flow, is it slow, does it need somebody, or does it stand still? Each cause with its
// words, since when, and the page where something can be done about it. The worst comes first.

import { mailWords } from "@/domain/mail-words";
import { formatter } from "@/lib/formatter";
import { waits } from "./flow";
import type { TenantSeen, TroubleSeen } from "./tenants";

export const standings = ["stopped", "needs", "slow", "flowing", "new", "closed"] as const;
export type Standing = (typeof standings)[number];

/** What people look for in the morning, in the order of its weight. */
export const causeKinds = [
  "worker",
  "room",
  "server",
  "sign-in",
  "mailbox",
  "provider",
  "badmail",
  "held",
  "certificate",
  "warning",
  "waiting",
] as const;
export type CauseKind = (typeof causeKinds)[number];

export interface Cause {
  kind: CauseKind;
  weight: "stopped" | "needs" | "slow";
  words: string;
  /** since when it is so; of mail that waits for a decision: when the newest came */
  at: Date | null;
  /** below the tenant's own address */
  page: string;
}

export interface Standpoint {
  standing: Standing;
  causes: Cause[];
  /** for a tenant without a cause */
  words: string;
}

/** So long mail may be on its way before it counts as slow. */
export const slowMinutes = 15;
const minutes = (from: Date, to: Date) => (to.getTime() - from.getTime()) / 60_000;

export function standpointOf(tenant: TenantSeen, now: Date): Standpoint {
  if (tenant.state === "closed") {
    const words = tenant.waiting > 0 ? `Closed; ${mailWords(tenant.waiting)} still waiting` : "Closed";
    return { standing: "closed", causes: [], words };
  }
  const setUp = tenant.lane !== null && tenant.mailboxes > 0;
  const causes = causesOf(tenant, now);
  const worst = (["stopped", "needs", "slow"] as const).find((weight) => causes.some((one) => one.weight === weight));
  const standing = worst ?? (setUp ? "flowing" : "new");
  const order = (cause: Cause) =>
    ["stopped", "needs", "slow"].indexOf(cause.weight) * 100 + causeKinds.indexOf(cause.kind);
  return { standing, causes: causes.sort((a, b) => order(a) - order(b)), words: calmWords(tenant) };
}

function calmWords(tenant: TenantSeen): string {
  if (!tenant.lane) return "No Exchange server yet";
  if (tenant.mailboxes === 0) return "No mailbox is set up yet";
  if (!tenant.collectedEver) return "Ready; no mail has come yet";
  return tenant.waiting > 0 ? `Flowing; ${mailWords(tenant.waiting)} on the way` : "Flowing";
}

function causesOf(tenant: TenantSeen, now: Date): Cause[] {
  return [
    ...workerCause(tenant),
    ...roomCause(tenant),
    ...serverCauses(tenant),
    ...mailboxCauses(tenant),
    ...decisionCauses(tenant),
    ...certificateCauses(tenant, now),
    ...waitingCause(tenant, now),
  ];
}

function workerCause({ served, lane, mailboxes, workerSeen }: TenantSeen): Cause[] {
  if (served || (!lane && mailboxes === 0)) return [];
  const words = "No worker runs for it: nothing is collected or delivered";
  return [{ kind: "worker", weight: "stopped", words, at: workerSeen, page: "" }];
}

function roomCause({ noRoomSince, mailboxes }: TenantSeen): Cause[] {
  if (!noRoomSince || mailboxes === 0) return [];
  const words = "Collecting is paused: the database is nearly full";
  return [{ kind: "room", weight: "stopped", words, at: noRoomSince, page: "" }];
}

function serverCauses({ lane, waiting }: TenantSeen): Cause[] {
  if (!lane) return [];
  const rest = waiting > 0 ? `; ${waits(waiting)}` : "";
  const said = (words: string, weight: Cause["weight"], at: Date | null, kind: CauseKind = "server"): Cause => ({
    kind,
    weight,
    words,
    at,
    page: "exchange",
  });
  const found: Cause[] = [];
  switch (lane.state) {
    case "closed":
      break;
    case "paused":
      found.push(said(`Delivery to ${lane.host} is paused${rest}`, "stopped", lane.since));
      break;
    case "half-open":
    case "open":
      found.push(
        said(`${(lane.reason ?? `${lane.host} takes no mail`).replace(/\.$/, "")}${rest}`, "stopped", lane.since),
      );
      break;
  }
  if (lane.warning) found.push(said(lane.warning.replace(/\.$/, ""), "needs", null, "warning"));
  return found;
}

function mailboxCauses(tenant: TenantSeen): Cause[] {
  const active = tenant.mailboxes - tenant.paused;
  const broken = tenant.troubled.reduce((sum, { n }) => sum + n, 0);
  const none = broken > 0 && broken >= active;
  const found = tenant.troubled.map(
    (trouble): Cause => ({
      kind: trouble.kind === "sign-in" || trouble.kind === "provider" ? trouble.kind : "mailbox",
      weight: none ? "stopped" : trouble.kind === "provider" ? "slow" : "needs",
      words: troubleWords(trouble),
      at: trouble.since,
      page: trouble.n === 1 ? `mailboxes/${trouble.mailbox}` : "mailboxes",
    }),
  );
  if (tenant.mailboxes > 0 && active === 0)
    found.push({
      kind: "mailbox",
      weight: "needs",
      words: tenant.mailboxes === 1 ? "Its mailbox is paused" : "All mailboxes are paused",
      at: null,
      page: "mailboxes",
    });
  if (tenant.late > 0 && tenant.served && !tenant.noRoomSince)
    found.push({
      kind: "mailbox",
      weight: "slow",
      words: tenant.late === 1 ? "1 mailbox is due and not polled" : `${tenant.late} mailboxes are due and not polled`,
      at: tenant.lateSince,
      page: "mailboxes",
    });
  return found;
}

function troubleWords({ kind, n, name, host }: TroubleSeen): string {
  switch (kind) {
    case "sign-in":
      return n === 1 ? `The sign-in to “${name}” is refused` : `${n} sign-ins are refused, “${name}” for longest`;
    case "provider":
      return n === 1 ? `“${name}” waits for its provider, ${host}` : `${n} mailboxes wait for their provider, ${host}`;
    case "stopped":
      return n === 1 ? `Mailbox “${name}” is stopped` : `${n} mailboxes are stopped, “${name}” for longest`;
    case "unreachable":
      return n === 1
        ? `Mailbox “${name}” can’t be collected`
        : `${n} mailboxes can’t be collected, “${name}” for longest`;
  }
}

function decisionCauses({ badmail, held, newestBadmail, newestHeld }: TenantSeen): Cause[] {
  const found: Cause[] = [];
  if (badmail > 0)
    found.push({
      kind: "badmail",
      weight: "needs",
      words: `${mailWords(badmail)} in BADMAIL`,
      at: newestBadmail,
      page: "badmail",
    });
  if (held > 0)
    found.push({
      kind: "held",
      weight: "needs",
      words: `${mailWords(held)} held`,
      at: newestHeld,
      page: "badmail?show=held",
    });
  return found;
}

function certificateCauses({ certificates, timeZone }: TenantSeen, now: Date): Cause[] {
  const [first] = certificates;
  if (!first) return [];
  const whose = first.at === "server" ? `of ${first.name}` : `at mailbox “${first.name}”`;
  const day = formatter("en-GB", { day: "numeric", month: "short", timeZone }).format(first.until);
  const more = certificates.length > 1 ? `, and ${certificates.length - 1} more` : "";
  return [
    {
      kind: "certificate",
      weight: "needs",
      words: `The certificate ${whose} ${first.until <= now ? "ended" : "ends"} on ${day}${more}`,
      at: null,
      page: first.at === "server" ? "exchange" : `mailboxes/${first.id}`,
    },
  ];
}

function waitingCause({ lane, waiting, oldestWaiting, served }: TenantSeen, now: Date): Cause[] {
  if (lane?.state !== "closed" || !served || !oldestWaiting) return [];
  if (minutes(oldestWaiting, now) < slowMinutes) return [];
  const pace = lane.pacePerMinute === null ? "" : `; ${lane.host} takes ${lane.pacePerMinute} a minute`;
  return [{ kind: "waiting", weight: "slow", words: `${waits(waiting)}${pace}`, at: oldestWaiting, page: "queue" }];
}
