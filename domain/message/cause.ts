// A group's cause as people read it: a sentence, what to change, and the commands for Exchange with the values filled in.
import { rules } from "@/domain/verdict/rules";
import type { MailGroup } from "./groups";
import { reasonWords } from "./reasons";

export interface Cause {
  title: string;
  remedy: string;
  /** for the Exchange Management Shell; what stands in <…> is to be filled in */
  commands: string[];
}

type Group = Pick<MailGroup, "reasonKind" | "detail" | "rule" | "notices" | "reason" | "address" | "largest">;

/** `host`: the Exchange server; `from`: the address that Mailferry connects from, when it is known. */
export function causeOf(group: Group, facts: { host: string | null; from: string | null }): Cause {
  const known = reasonWords(group.reasonKind);
  const commands = commandsFor(group, facts.from);
  const of = (title: string, remedy = known.remedy): Cause => ({
    title: group.notices ? `Notice to the postmaster. ${title}` : title,
    remedy,
    commands,
  });
  switch (group.reasonKind) {
    case "unknown-recipient":
      return of(
        group.detail ? `Exchange doesn't know the address ${group.detail}` : known.title,
        "Add the address to a mailbox in Exchange and send the mail again, or send it to another address.",
      );
    case "rule":
      return of(group.detail?.replace(/ holds it\.$/, " holds it") ?? known.title);
    case "person":
      return of(group.detail?.replace(/\.$/, "") ?? known.title);
    case "spam":
    case "permanent": {
      const rule = rules.find(({ name }) => name === (group.detail ?? group.rule));
      if (!rule || rule.name === group.reasonKind) return of(known.title, remedyOnly(rule?.remedy) || known.remedy);
      return of(rule.meaning.replace(/\.$/, ""), commands.length > 0 ? remedyOnly(rule.remedy) : rule.remedy);
    }
    case "uncertain":
    case "answer-lost":
    case "too-large":
    case "header-too-large":
    case "own-sender":
    case "smtputf8":
    case "gave-up":
    case "nobody":
    case "loop":
    case "kills-worker":
    case "body-missing":
    case "body-changed":
      return of(known.title);
    default:
      return of(known.title, group.reason ?? known.remedy);
  }
}

/** A rule's remedy without the command in it, where the command stands below with its values. */
const remedyOnly = (remedy = ""): string =>
  remedy
    .replace(/ \((?:Add-IPAllowListEntry|Set-Mailbox)[^)]*\)/, "")
    .replace(/, (?:Set|Get)-[A-Z][^,.]*/, "")
    .replace(/: (?:Set|Get)-[A-Z].*$/, ".");

/** Only what is surely one word in a shell is filled in: an address is a stranger's text. */
const plain = (text: string | null, fallback: string): string =>
  text && /^[A-Za-z0-9][\w.+@:-]*$/.test(text) ? text : fallback;

function commandsFor(group: Group, from: string | null): string[] {
  const address = plain(group.detail, "<address>");
  switch (group.reasonKind) {
    case "unknown-recipient":
      return [`Set-Mailbox <mailbox> -EmailAddresses @{Add='${address}'}`];
    case "spam":
      return [`Add-IPAllowListEntry -IPAddress ${plain(from, "<address of Mailferry>")}`];
    case "too-large": {
      // Room for a third more, in tens of megabytes: limits are set once.
      const limit = `${Math.max(20, Math.ceil((group.largest * 1.33) / 10_000_000) * 10)}MB`;
      return [
        `Set-ReceiveConnector <connector> -MaxMessageSize ${limit}`,
        `Set-TransportConfig -MaxReceiveSize ${limit}`,
      ];
    }
    case "header-too-large":
      return ["Set-ReceiveConnector <connector> -MaxHeaderSize 256KB"];
    case "own-sender":
      return [
        "Get-ReceiveConnector <connector> | Add-ADPermission -User 'NT AUTHORITY\\ANONYMOUS LOGON' -ExtendedRights ms-Exch-SMTP-Accept-Authoritative-Domain-Sender",
      ];
    case "permanent":
      return permanentCommands(group);
    default:
      return [];
  }
}

function permanentCommands(group: Group): string[] {
  switch (group.detail ?? group.rule) {
    case "mailbox-full":
      return [
        `Set-Mailbox ${plain(group.address, "<address>")} -ProhibitSendReceiveQuota 50GB -UseDatabaseQuotaDefaults $false`,
      ];
    case "recipient-restricted":
      return [`Set-DistributionGroup ${plain(group.address, "<address>")} -RequireSenderAuthenticationEnabled $false`];
    case "transport-rule":
      return ["Get-TransportRule | Format-Table Name, State, RejectMessageReasonText"];
    default:
      return [];
  }
}

/** The size that the server takes, where its refusal or its greeting named one: our own sentence holds both numbers. */
export function sizeLimit(reason: string | null): number | null {
  const found = /\btakes (\d{1,15}) at most\b/.exec(reason ?? "")?.[1];
  return found && Number(found) > 0 ? Number(found) : null;
}

/** A group's name in an address: its place, its kind, and what tells it apart. */
export function groupKey(group: Pick<MailGroup, "place" | "reasonKind" | "detail" | "notices">): string {
  const place = group.notices ? `notice-${group.place}` : group.place;
  return [place, group.reasonKind ?? "-", ...(group.detail === null ? [] : [group.detail])].join("~");
}

/** Null: no such name. A key without a detail means all of its kind. */
export function groupOf(key: string) {
  const [head = "", kind = "", ...rest] = key.slice(0, 1200).replaceAll("\0", "").split("~");
  const notices = head.startsWith("notice-");
  const place = notices ? head.slice(7) : head;
  if ((place !== "badmail" && place !== "held") || kind === "") return null;
  const detail = rest.length > 0 ? { detail: rest.join("~") } : {};
  return { place, reasonKind: kind === "-" ? null : kind.slice(0, 100), notices, ...detail } as const;
}
