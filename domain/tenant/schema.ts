// A tenant's own settings, apart from its server, mailboxes and rules.
import { z } from "zod";
import { line, whole } from "@/domain/configured";

export const slug = z
  .string()
  .trim()
  .min(1, "Short name is empty.")
  .max(63, "Short name is longer than 63 characters.")
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, "Short name takes a–z, 0–9 and “-” inside, like contoso.");

export const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

export const tenantFields = z.strictObject({
  slug,
  name: line("Name", 120).min(1, "Name is empty."),
  site: line("Site", 63).regex(/^[a-z0-9-]+$/, "Site takes a–z, 0–9 and “-”."),
  timeZone: line("Time zone", 64).refine(isTimeZone, {
    error: (issue) => `“${String(issue.input)}” is no time zone. Write it like Europe/Berlin.`,
  }),
  contact: line("Contact", 255),
  retention: z.strictObject({
    deliveredHours: whole("Bodies of delivered mail", 0, 720, "hours"),
    badmailDays: whole("BADMAIL and held mail", 0, 3650, "days"),
  }),
});

export const tenantDefaults = {
  site: "main",
  contact: "",
  retention: { deliveredHours: 72, badmailDays: 0 },
} as const;
export const machineTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
