// Step: the two limits that a large mail meets, the connector's and the organisation's. The lower one counts.
import { sizeWords } from "@/domain/size-words";
import type { PrepareFacts } from "./facts";
import { ownConnector, type Step } from "./step";

const mega = 1024 * 1024;
const leastMega = 100;
const mostMega = 2047;

export function sizesStep(facts: PrepareFacts): Step {
  const limit = `${wantedMega(facts)}MB`;
  return {
    key: "sizes",
    title: "Both size limits",
    does: `Lets mails of up to ${limit} in: at the connector of step 1, which is asked first, and in the organisation, whose limit counts for every mail.`,
    why: "After a fresh installation the connector takes 36 MB (Exchange 2010: 10 MB) and the organisation 10 MB, while providers take 50 MB and more. An attachment travels a third larger than it lies on a disk.",
    without: "Mails above the lower limit are refused for good and lie in BADMAIL until the limit is raised.",
    seen: seen(facts),
    look: `Get-ReceiveConnector | Format-Table Identity,MaxMessageSize; Get-TransportConfig | Format-List MaxReceiveSize; Get-Mailbox -ResultSize Unlimited | Where-Object { "$($_.MaxReceiveSize)" -ne 'Unlimited' } | Format-Table Name,MaxReceiveSize`,
    run: `Set-ReceiveConnector ${ownConnector} -MaxMessageSize ${limit}\nSet-TransportConfig -MaxReceiveSize ${limit}`,
    back: `Set-ReceiveConnector ${ownConnector} -MaxMessageSize ${formerLimit(facts)}\nSet-TransportConfig -MaxReceiveSize 10MB`,
    backWords: `Sets ${facts.test?.sizeLimit ? "what the server announced in the last test" : "the value of a fresh installation"} at the connector, and the value of a fresh installation in the organisation. Put in what the first command showed, where that differs.`,
    notes: [
      { words: "A mailbox with a limit of its own keeps it: the last command of “Look first” lists them." },
      {
        words:
          "Mail that is still refused as too large with a high limit here met another one on its way inside Exchange: the connector “Default” of the server has the same setting.",
      },
      {
        words:
          "Without the connector of step 1, change the general one: it is in the list of “Look first”, mostly “Default Frontend”.",
      },
    ],
  };
}

/** Above the largest that was refused, in steps that people use. */
function wantedMega({ tooLarge, largest }: PrepareFacts): number {
  const needed = (Math.max(tooLarge.largest, largest) / mega) * 1.1;
  return Math.min(mostMega, Math.max(leastMega, Math.ceil(needed / 50) * 50));
}

function formerLimit({ test }: PrepareFacts): string {
  const bytes = test?.sizeLimit ?? 36 * mega;
  return bytes % mega === 0 ? `${bytes / mega}MB` : String(bytes);
}

function seen({ test, tooLarge, largest }: PrepareFacts): Step["seen"] {
  const takes = test?.sizeLimit ? `The connector takes ${sizeWords(test.sizeLimit)}, as the last test shows.` : "";
  const organisation = "The organisation's limit is not announced: look it up.";
  if (tooLarge.mails > 0) {
    const mails = tooLarge.mails === 1 ? "1 mail lies" : `${tooLarge.mails} mails lie`;
    const words = `${mails} in BADMAIL because of a limit, the largest of ${sizeWords(tooLarge.largest)}. ${takes} After the change, send them again there.`;
    return { state: "needed", words: words.replace("  ", " ") };
  }
  const newest = largest > 0 ? `The largest of the newest mails has ${sizeWords(largest)}.` : "";
  return { state: "ready", words: [takes, organisation, newest].filter(Boolean).join(" ") };
}
