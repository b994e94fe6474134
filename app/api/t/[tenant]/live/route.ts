// News for a tenant's open pages: that its mail, its server, a mailbox, a test or a setting changed, and of no other tenant.
import { liveResponse } from "@/app/_server/live";
import { sessionToken, tenantRoute } from "@/app/_server/scope";
import { may } from "@/domain/access";
import { earsOf } from "@/domain/live/watches";
import { portalDb } from "@/domain/platform/database";
import { enter } from "@/domain/tenant/view";

export const GET = tenantRoute("overview.read", async ({ person, tenant }, request) => {
  const token = (await sessionToken()) ?? "";
  return liveResponse({
    personId: person.personId,
    still: async () => {
      const entered = await enter(portalDb(), token, tenant.slug);
      return entered?.tenant.id === tenant.id && may(entered.role, "overview.read") ? earsOf(tenant.id) : null;
    },
    gone: request.signal,
  });
});
