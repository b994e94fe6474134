// The words of an alert's mail, to people of the provider.
import { oneLine, plural, timeIn } from "@/domain/notice/sender";
import type { ToTell } from "./store";

const titles: Record<string, string> = {
  lane: "A server takes no mail",
  notice: "A notice could not be delivered",
  disk: "Disk space is low",
  space: "Collecting is paused, the database is nearly full",
  sum: "The count of mail does not add up",
  bytes: "Stored mail is damaged",
  provider: "A provider's server refuses mailboxes",
  clock: "The database's clock jumped",
  letter: "An invitation or password reset could not be mailed",
};

const remedies: Record<string, string> = {
  lane: "Mailferry keeps the mail, tries again by itself, and delivers everything once the server is back. Its Exchange page has the details and a test.",
  notice:
    "The company was not told what the notice says. Its BADMAIL page shows it; test its Exchange page to see why notices are refused.",
  disk: "Free space or enlarge the disk. When the database's disk is full, Mailferry stops collecting; nothing is lost, mail waits at the providers.",
  space:
    "Make room, or enlarge the disk (and MAILFERRY_DATABASE_LIMIT_GB, where that is what is reached). Until then new mail waits at the providers, nothing is lost, and what was collected is still delivered. Collecting goes on by itself when there is room.",
  sum: "No mail is touched because of this. Please report it with the numbers above.",
  bytes:
    "Mailferry mends nothing by itself. No such mail is sent: each is hashed on its way; one that is changed or cut is held before its end, one that can't be read waits and is tried again. Look at the database's disk and log, then restore the bytes from a backup. “npx mailferry ledger” names the mails and looks again; held ones are then sent from the BADMAIL page.",
  provider:
    "Mailferry tries one sign-in at a time and goes on by itself when the provider is back. Customers are not told for an hour.",
  clock:
    "Check the clock of the database's machine. When it is right, run “npx mailferry clock accept” and old mail is tidied again at once; otherwise that begins after 24 hours in which the clock ran evenly.",
  letter:
    "The portal showed the link to whoever made it. Ask them to pass it on, or make a new one in the portal; check the server that MAILFERRY_SMTP_URL names.",
};

export function composeAlert(alert: ToTell, zone: string, url: string): { subject: string; text: string } {
  const title = titles[alert.kind] ?? "Something needs a look";
  const subject = `[Mailferry] ${alert.recovered ? "Over: " : ""}${title}: ${oneLine(alert.text, 90)}`;
  const parts = alert.recovered
    ? [
        `It is over: ${ending(alert)}`,
        `It was: ${alert.text}`,
        `It lasted from ${timeIn(alert.raisedAt, zone)} to ${timeIn(alert.recovered, zone)}.`,
      ]
    : [alert.text, `Since ${timeIn(alert.raisedAt, zone)}.`, remedies[alert.kind] ?? ""];
  if (url) parts.push(`Portal: ${url}/tenants`);
  return { subject, text: `${parts.filter(Boolean).join("\n\n")}\n\n--\nMailferry, to the people who run it\n` };
}

function ending({ kind, facts }: ToTell): string {
  if (kind === "space" && facts.state === "unseen")
    return "for three minutes no worker has seen how much room the database has, so collecting goes on. Look at that worker and at the disk.";
  if (kind === "space") return "the database has room again, and collecting goes on.";
  if (kind !== "lane") return "what was wrong is right again.";
  const count = (key: string) => (typeof facts[key] === "number" ? (facts[key] as number) : 0);
  const counts = `${plural(count("delivered"), "mail")} delivered since then, ${plural(count("waiting"), "mail")} waiting.`;
  switch (facts.state) {
    case "paused":
      return `a person paused this server. ${counts}`;
    case "gone":
      return "this server was removed.";
    default:
      return `the server takes mail again. ${counts}`;
  }
}
