// The everyday outcome of a mail: taken whole, with the answer to its dot.
import type { ClaimedMail } from "@/domain/message/claim";
import type { MailOutcome, OutcomePolicy } from "@/domain/message/outcome";

export const policy: OutcomePolicy = {
  ...{ retryMinutes: 1, giveUpAfterHours: 120, uncertain: "resend", uncertainSeconds: 600 },
  notify: { spam: true, unknownRecipient: true, badmail: true, collecting: true },
};

export function accepted(
  mail: ClaimedMail,
  text = "2.6.0 Queued",
  conversation: MailOutcome["conversation"] = [],
): MailOutcome {
  const reply = { code: 250, enhanced: "2.6.0", text, lines: [] };
  return {
    ...{ attempt: "accepted", charged: true, stage: "dot", reply, words: "", oneByOne: false },
    event: { kind: "accepted" },
    recipients: mail.recipients.map(({ id, address }) => ({
      ...{ id, address, place: "delivered", wait: "now", verdict: null, stage: "dot", reply },
      ...{ reasonKind: null, reason: null },
    })),
    ...{ server: "mail.contoso.example:25", tls: "TLSv1.3", conversation },
  };
}
