// A value as the audit log shows it. Moments are stored in UTC and shown in the log's own zone, which stands with them.
import { longTime } from "./time";

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/** Of a list; a mail can have thousands of recipients. */
const most = 20;

export function valueWords(value: unknown, zone: string): string {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) {
    const shown = value.slice(0, most).map((one) => valueWords(one, zone));
    if (value.length > most) shown.push(`and ${(value.length - most).toLocaleString("en")} more`);
    return shown.join(", ") || "–";
  }
  if (typeof value !== "string") return JSON.stringify(value).slice(0, 200);
  return instant.test(value) && !Number.isNaN(Date.parse(value)) ? longTime(value, zone) : value.slice(0, 200);
}
