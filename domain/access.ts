// Roles and what they may do, as one table: doors and menus read it.

export const roles = ["viewer", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

const viewer = ["overview.read", "exchange.read", "mailbox.read", "rule.read", "queue.read", "message.read"] as const;
const operator = [
  ...viewer,
  "message.body",
  "badmail.decide",
  "queue.run",
  "exchange.test-saved",
  "mailbox.test-saved",
  "mailbox.run",
] as const;
const admin = [
  ...operator,
  "exchange.edit",
  "mailbox.edit",
  "rule.edit",
  "tenant.edit",
  "member.read",
  "member.edit",
  "audit.read",
] as const;

export const grants = { viewer, operator, admin } as const;
export type Grant = (typeof admin)[number];

export const platformGrants = {
  viewer: ["platform.read"],
  operator: ["platform.read", "platform.mailbox-run"],
  admin: [
    "platform.read",
    "platform.mailbox-run",
    "platform.mailbox-edit",
    "platform.tenants",
    "platform.people",
    "platform.audit",
    "platform.site",
  ],
} as const;
export type PlatformGrant = (typeof platformGrants)["admin"][number];

export const may = (role: Role, grant: Grant): boolean => (grants[role] as readonly Grant[]).includes(grant);
export const platformMay = (role: Role | null, grant: PlatformGrant): boolean =>
  role !== null && (platformGrants[role] as readonly PlatformGrant[]).includes(grant);

/** Nobody grants above themselves. */
export const mayGrant = (own: Role, given: Role): boolean => roles.indexOf(given) <= roles.indexOf(own);
