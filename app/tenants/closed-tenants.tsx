// To members of a closed tenant: that it is closed, until when that can be undone, and by whom. They can't enter it.
import { Banner } from "@/app/_ui/state";
import { longTime } from "@/app/_ui/time";
import { type ClosedTenant, erasedFrom } from "@/domain/tenant/store-platform";

export function ClosedTenants({ closed, now }: { closed: ClosedTenant[]; now: Date }) {
  if (closed.length === 0) return null;
  return (
    <ul aria-label="Closed tenants" className="mb-6 grid gap-2">
      {closed.map(({ slug, name, timeZone, closedAt }) => {
        const erased = erasedFrom(closedAt);
        return (
          <li key={slug}>
            <Banner state="stopped" title={`${name} was closed on ${longTime(closedAt, timeZone)}.`}>
              {erased > now
                ? `None of its mailboxes is collected, and only administrators of the platform can enter. Until ${longTime(erased, timeZone)} they can undo it; then settings, mails and history are erased. Ask them if that is a surprise.`
                : "Its settings, mails and history are being erased."}
            </Banner>
          </li>
        );
      })}
    </ul>
  );
}
