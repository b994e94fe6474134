// What a session's user agent says, in words: "Chrome on Windows". Anybody may send any text, so what is not known is shown
// bounded and without what doesn't print.
import { plain } from "@/domain/message/plain";

/** The first that fits; browsers name those that they descend from, so the most particular stand first. */
const browsers: readonly [RegExp, string][] = [
  [/\bEdgA?(?:iOS)?\//, "Edge"],
  [/\b(?:OPR|Opera)\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Chrome|CriOS|HeadlessChrome)\//, "Chrome"],
  [/\bVersion\/[\d.]+ .*Safari\//, "Safari"],
];
const systems: readonly [RegExp, string][] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bMac(?:intosh| OS)/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

export function deviceWords(agent: string): string {
  const of = (table: typeof browsers) => table.find(([sign]) => sign.test(agent))?.[1];
  const [browser, system] = [of(browsers), of(systems)];
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? system ?? (plain(agent, 60) || "Unknown device");
}
