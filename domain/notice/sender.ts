// Who notices and tests come from: MAILFERRY_MAIL_FROM, else mailferry@ and the worker's name.
import { formatter } from "@/lib/formatter";

/** A plain address, also when the variable holds `Name <address>`. The name may be an address literal, as RFC 5321 §4.1.3 has it. */
export function mailFrom(configured: string, workerName: string): string {
  const inner = /<([^<>]*)>\s*$/.exec(configured)?.[1] ?? configured;
  const plain = inner.replace(/[\p{Cc}\s<>]/gu, "");
  return plain === "" ? `mailferry@${workerName}` : plain;
}

/** A Message-ID of our own. */
export const newMessageId = (id: string, workerName: string): string => `<${id}@${workerName.replace(/[<>\s]/g, "")}>`;

/** One line that is safe in a header and on a screen: no control characters, no marks that turn text around. */
export function oneLine(text: string, max = 200): string {
  const clean = Buffer.from(text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " "))
    .toString()
    .replace(/\s+/g, " ")
    .trim();
  const letters = Array.from(clean);
  return letters.length > max ? `${letters.slice(0, max - 1).join("")}…` : clean;
}

/** A time as people of the tenant read it, with the zone named. */
export function timeIn(at: Date, timeZone: string): string {
  const words = formatter("en-GB", {
    timeZone,
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(at);
  return `${words} (${timeZone})`;
}

export const plural = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString("en-US")} ${n === 1 ? one : many}`;
