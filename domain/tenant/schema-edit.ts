// What pages send about tenants; the fields themselves are those of schema.ts.
import { z } from "zod";
import { tenantFields } from "./schema";

/** A tenant's administrator: everything but the short name and the site. */
export const ownSettingsEdit = tenantFields
  .pick({ name: true, timeZone: true, contact: true, retention: true })
  .extend({ version: z.number().int() });
export type OwnSettingsEdit = z.output<typeof ownSettingsEdit>;

export const tenantMake = tenantFields.pick({ slug: true, name: true, site: true, timeZone: true });
export type TenantMake = z.output<typeof tenantMake>;

/** Closing asks for the short name, typed. */
export const tenantClose = z.strictObject({ slug: z.string(), typed: z.string().trim() });
export const tenantReopen = z.strictObject({ slug: z.string() });
