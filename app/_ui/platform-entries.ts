// The pages above all tenants that a role may see, for their menu and for the palette.
import { platformMay, type Role } from "@/domain/access";
import type { NavEntry } from "./nav";

export const platformEntries = (role: Role | null): NavEntry[] => [
  { href: "/tenants", label: "Tenants", exact: true, ahead: true },
  ...(platformMay(role, "platform.read")
    ? [
        { href: "/tenants/messages", label: "Messages", ahead: true },
        { href: "/tenants/mailboxes", label: "Mailboxes", ahead: true },
      ]
    : []),
  ...(platformMay(role, "platform.people") ? [{ href: "/tenants/people", label: "People" }] : []),
  ...(platformMay(role, "platform.audit") ? [{ href: "/tenants/audit", label: "Audit" }] : []),
];
