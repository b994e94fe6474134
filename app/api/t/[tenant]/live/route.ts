// News for a tenant's open pages: that its mail, its server, a mailbox, a test or a setting changed, and of no other tenant.
import { liveResponse } from "@/app/_server/live";
import { sessionToken, tenantRoute } from "@/app/_server/scope";
import { watchesIn } from "@/domain/live/watches";
import { portalDb } from "@/domain/platform/database";

export const GET = tenantRoute("overview.read", async ({ person, tenant }, request) => {
  const token = (await sessionToken()) ?? "";
  return liveResponse({
    personId: person.personId,
    still: () => watchesIn(portalDb(), token, tenant),
    gone: request.signal,
  });
});
