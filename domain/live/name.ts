// How news names a tenant: a short hash of its id. Any login of the database can listen, so who does learns no ids by it;
// two tenants of one name would cost a needless look at a page.
import { createHash } from "node:crypto";

const length = 11;

export const newsName = (tenantId: string): string =>
  createHash("sha256").update(`mailferry news ${tenantId}`).digest("base64url").slice(0, length);

/** Of what belongs to no tenant: people of the platform, incidents, alerts. */
export const platformName = newsName("platform");
