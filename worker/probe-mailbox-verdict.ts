// The verdict of a mailbox's test: one sentence, and the field that mends what is wrong.
import type { MailboxSettings } from "@/domain/mailbox/schema";
import { plain } from "@/domain/message/plain";
import type { PreviewCount, ProbeVerdict } from "@/domain/probe/schema";
import type { Listing, SourceFault, SourceSession } from "@/mail/source";

export interface There extends PreviewCount {
  /** of these, known from earlier sessions */
  known: number;
}

export function passed(settings: MailboxSettings, source: SourceSession, listing: Listing, there: There): ProbeVerdict {
  const number = `${there.atLeast ? "at least " : ""}${there.count}`;
  const mails = there.count === 1 ? "mail" : "mails";
  const then = {
    delete: "and then deleted there",
    keep: "and left there",
    "keep-days": `and left there for ${settings.keepDays} days`,
  };
  const what =
    there.count === 0
      ? "Nothing new is there now."
      : settings.start === "all"
        ? `${number} ${mails} would be collected now, ${then[settings.after]}.`
        : `${number} ${mails} not collected yet; of these the ones received since the start would be collected, ${then[settings.after]}.`;
  return {
    ok: true,
    sentence: `${settings.username} signs in at ${settings.host}. ${what}`,
    facts: {
      count: there.count,
      bytes: there.bytes,
      atLeast: there.atLeast,
      known: there.known,
      uidsUsable: listing.uidsUsable,
      canPeek: source.facts.canPeek,
      canDelete: source.facts.canDelete,
      greeting: plain(source.facts.greeting, 300),
    },
  };
}

/** Which field mends it. The sentence is the fault's own; the server's words stand beside it. */
export function faultVerdict(fault: SourceFault, settings: MailboxSettings): ProbeVerdict {
  const facts = { ...fault.facts, kind: fault.kind, reply: fault.reply };
  const at = (field: string, words: string): ProbeVerdict => ({
    ok: false,
    sentence: `${fault.message} ${words}`.trim(),
    field,
    facts,
  });
  switch (fault.kind) {
    case "refused":
      return at("password", "Check User name and Password.");
    case "busy":
      return at("username", "The settings may be right: another program has the mailbox now. Test again in a minute.");
    case "unreachable":
      if (fault.facts.why === "aborted") return { ok: false, sentence: "You stopped the test.", facts };
      if (fault.facts.why === "slow")
        return { ok: false, sentence: `${fault.message} Test again later, or ask the provider.`, facts };
      return typeof fault.facts.field === "string"
        ? at("host", "Check Host.")
        : at("port", `Check Host and Port (${settings.port}), and whether a firewall is in between.`);
    case "tls":
      return at("tls", "Check Encryption and Port.");
    case "certificate":
      return at("certificate", "Choose the certificate rule that fits, or ask the provider for the right host name.");
    case "folder":
      return at("folder", "Check Folder.");
    case "protocol":
      return typeof fault.facts.field === "string"
        ? at("host", "")
        : at("protocol", "Check Protocol, Port and Encryption.");
    case "mail":
      return at("host", "");
  }
}
