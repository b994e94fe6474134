// Roles in words, the same everywhere.
import type { Role } from "@/domain/access";

export const roleNames: Record<Role, string> = { admin: "Administrator", operator: "Operator", viewer: "Viewer" };

export const roleHelp: Record<Role, string> = {
  admin: "changes settings and members",
  operator: "decides about queue and BADMAIL, reads mails, runs tests of saved values",
  viewer: "reads lists and status, no mails",
};

export const roleChoices = (["viewer", "operator", "admin"] as const).map((role) => ({
  value: role,
  label: `${roleNames[role]}: ${roleHelp[role]}`,
}));

/** "Administrator", "Operator (of the platform)" */
export const roleWords = (role: Role, platform: Role | null): string =>
  platform === role ? `${roleNames[role]} of the platform` : roleNames[role];
