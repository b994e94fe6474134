// What is wrong with the installation itself; what concerns one tenant stands in its row and on its pages.
import type { ReactNode } from "react";
import { Banner } from "@/app/_ui/state";
import { relativeTime, shortTime, spanWords, Time } from "@/app/_ui/time";
import type { OpenAlert } from "@/domain/alert/store";
import { type OpenIncident, quietUntil } from "@/domain/mailbox/incident-seen";

interface Props {
  alerts: OpenAlert[];
  incidents: OpenIncident[];
  now: Date;
}

export function Alerts({ alerts, incidents, now }: Props) {
  // A provider's incident is said with who fails now, not with who did when it began.
  const own = alerts.filter(({ tenantId, kind }) => tenantId === null && kind !== "provider");
  const untold = alerts.some(({ kind, nobodyWillBeTold }) => kind === "provider" && nobodyWillBeTold);
  if (own.length + incidents.length === 0) return null;
  return (
    <ul aria-label="What is wrong" className="mb-6 grid gap-2">
      {incidents.map((incident) => (
        <li key={incident.host}>
          <Incident incident={incident} now={now}>
            {untold && nobodyIsTold}
          </Incident>
        </li>
      ))}
      {own.map((alert) => (
        <li key={alert.id}>
          <Banner state="needs" title={alert.text}>
            <Time at={alert.raisedAt} zone="UTC" now={now} relative />
            {alert.nobodyWillBeTold && nobodyIsTold}
          </Banner>
        </li>
      ))}
    </ul>
  );
}

const nobodyIsTold = " · Nobody is told by mail: MAILFERRY_SMTP_URL is not set.";

/** The provider's trouble: nobody here can mend it, so it says what Mailferry does meanwhile. */
function Incident({ incident, now, children }: { incident: OpenIncident; now: Date; children: ReactNode }) {
  const { host, since, tenants, mailboxes, nextSignIn } = incident;
  const boxes = mailboxes === 1 ? "1 mailbox" : `${mailboxes.toLocaleString("en")} mailboxes`;
  const quiet = quietUntil(since);
  return (
    <Banner
      state="stopped"
      title={`${boxes} of ${tenants === 1 ? "1 tenant" : `${tenants.toLocaleString("en")} tenants`} can’t be collected at ${host}.`}
    >
      Since {shortTime(since, "UTC", now)} UTC, for {spanWords((now.getTime() - since.getTime()) / 1000)}. Their mail
      waits there.{" "}
      {nextSignIn &&
        `They sign in one after another, the next ${nextSignIn <= now ? "now" : relativeTime(nextSignIn, now)}; when one gets in, all are collected at once. `}
      {now < quiet
        ? `Their postmasters are not told before ${shortTime(quiet, "UTC", now)} UTC.`
        : "Each is tried and told by itself again."}
      {children}
    </Banner>
  );
}
