// What rules are asked about, read from a mail's headers: the same at intake, in a mailbox's test and where rules are tried.
import { plain } from "@/domain/message/plain";
import { envelopeSender, type Headers, subject } from "@/mail/headers";

export const routingFacts = (headers: Headers): { sender: string; subject: string } => ({
  sender: plain(envelopeSender(headers), 320),
  subject: plain(subject(headers), 500),
});
