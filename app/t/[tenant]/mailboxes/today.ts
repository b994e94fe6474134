// The day in a zone, as the configuration writes it: 2026-11-24.
import { formatter } from "@/lib/formatter";

export const todayIn = (zone: string, now: Date): string =>
  formatter("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(now);
