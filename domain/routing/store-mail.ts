// A collected mail as routing reads it, and what comes of it: one place for routing itself and for those who try rules.
import { recipientsOf } from "@/domain/mailbox/claim-row";
import { parseHeaders } from "@/mail/headers";
import { type Decision, decideRoute } from "./route";
import type { RuleStep } from "./rules";
import type { Rule } from "./schema";

/** What a mailbox says about its mail. */
export interface RoutingMailbox {
  [column: string]: unknown;
  mailbox: string | null;
  recipient_mode: string;
  recipient_address: string;
  recipient_headers: string[];
  recipient_domains: string[];
  recipient_own: string[];
  recipient_nobody: string;
}

export interface RoutingMail extends RoutingMailbox {
  id: string;
  sender: string;
  subject: string;
  size: number;
  /** null: its bytes are gone */
  header: Buffer | null;
}

/** Of `mailbox x`. */
export const mailboxColumns = `x.name as mailbox, x.recipient_mode, x.recipient_address, x.recipient_headers,
  x.recipient_domains, x.recipient_own, x.recipient_nobody`;

/** Of `mail m left join mailbox x`; the header as its sender wrote it, without what was added in front. */
export const routingColumns = `m.id, m.sender, m.subject, m.size,
  (select substring(c.data from b.prefix_length + 1 for greatest(0, b.header_length - b.prefix_length))
   from body b join body_chunk c on c.tenant_id = b.tenant_id and c.body_id = b.id and c.n = 0
   where b.tenant_id = m.tenant_id and b.id = m.body_id) as header, ${mailboxColumns}`;

export function decisionFor(mail: RoutingMail, rules: Rule[], tell?: (step: RuleStep) => void): Decision {
  if (mail.mailbox === null) {
    const reason = "Its mailbox was removed before it was routed.";
    return { held: { reasonKind: "nobody", reason }, recipients: [], copies: [], leftOut: [], rules: [] };
  }
  const headers = parseHeaders(mail.header ?? Buffer.alloc(0));
  const { sender, subject, size, mailbox } = mail;
  return decideRoute({ sender, subject, size, mailbox, headers }, recipientsOf(mail), rules, tell);
}
