// Step: what the provider found to be spam lands in the Junk folder, though Exchange itself never saw its sender.
import { literal } from "@/domain/verdict/remedy";
import type { PrepareFacts } from "./facts";
import type { Step } from "./step";

const rule = "Mailferry: the provider says spam";

export function spamStep(facts: PrepareFacts): Step {
  const { header, word } = facts.spam ?? { header: "X-Spam-Flag", word: "YES" };
  return {
    key: "spam",
    title: "The provider's spam goes to Junk Email",
    does: `Makes a transport rule: a mail whose header ${header} says ${word} gets a spam confidence level (SCL) of 6. Outlook's and Exchange's Junk Email folder takes what is above 4.`,
    why: "The provider saw the sender's server and judged it; Exchange sees only Mailferry and has little to go by. Mailferry changes no mail, so the provider's mark arrives, and Exchange pays no heed to it by itself.",
    without: "What the provider marked as spam lies in the inbox, with or without a mark in its subject.",
    seen: seen(facts),
    look: "Get-TransportRule | Format-Table Name,State,Priority; Get-OrganizationConfig | Format-List SCLJunkThreshold",
    run: `New-TransportRule -Name ${literal(rule)} -HeaderContainsMessageHeader ${literal(header)} -HeaderContainsWords ${literal(word)} -SetSCL 6`,
    back: `Remove-TransportRule ${literal(rule)}`,
    backWords: "Removes the rule. Mail that lies in Junk Email stays there.",
    notes: [
      {
        words:
          "A sender who writes the header himself sends only himself to Junk Email, so the rule asks nobody where a mail comes from.",
      },
      {
        words:
          "The folder takes mail only where the person's junk rule is on: Get-MailboxJunkEmailConfiguration shows it.",
      },
    ],
  };
}

function seen({ spam, looked }: PrepareFacts): Step["seen"] {
  if (looked === 0)
    return { state: "ready", words: "No mail has been collected yet: X-Spam-Flag is what most providers write." };
  const mails = looked === 1 ? "The newest mail has" : `None of the newest ${looked} mails has`;
  if (!spam)
    return {
      state: "ready",
      words: `${mails}${looked === 1 ? " no" : " a"} spam header that we know. Look at the headers of a spam mail, and put its own into the command.`,
    };
  const marked =
    spam.marked === 0
      ? "none of them as spam"
      : spam.marked === 1
        ? "one of them as spam"
        : `${spam.marked} of them as spam`;
  const some = spam.mails === 1 ? "one" : String(spam.mails);
  return {
    state: "ready",
    words: `Your provider writes ${spam.header}: it stands in ${some} of the newest ${looked} mails, and marks ${marked}.`,
  };
}
