// A company's settings as a configuration file, for stories that begin after the setting up.
import type { ExchangeServer } from "../test/servers/exchange";
import type { Pop3Server } from "../test/servers/pop3";
import { type Company, expect } from "./fixtures";
import type { Owner } from "./owner";

export const mailText = (subject: string, words = "words"): string =>
  `Return-Path: <anna@sender.example>\r\nFrom: Anna <anna@sender.example>\r\nTo: info@here.example\r\nSubject: ${subject}\r\n` +
  `Message-ID: <${subject.replace(/\W+/g, ".")}@sender.example>\r\n\r\n${words}\r\n`;

export const recipientOf = (company: Company): string => `info@${company.domain}`;

/** One server and one POP3 mailbox for info@ of the company; `exchange` holds further lines of that section. */
export const configOf = (
  company: Company,
  exchange: Pick<ExchangeServer, "port">,
  pop3: Pick<Pop3Server, "port">,
  more: string[] = [],
): string => `version: 1
tenants:
  - slug: ${company.slug}
    exchange:
      host: 127.0.0.1
      port: ${exchange.port}
      postmaster: postmaster@${company.domain}
      notify: { spam: false, unknownRecipient: false, badmail: false, collecting: false }
${more.map((line) => `      ${line}\n`).join("")}    mailboxes:
      - name: info
        protocol: pop3
        host: 127.0.0.1
        port: ${pop3.port}
        tls: "off"
        username: box
        password: box password
        recipients: { mode: single, address: ${recipientOf(company)} }
`;

interface Parts {
  owner: Owner;
  company: Company;
  exchange: ExchangeServer;
  pop3: Pop3Server;
}

/** A mail of this subject that the company's server knows no address for: it is in BADMAIL when this is done. */
export async function refuse(
  { owner, company, exchange, pop3 }: Parts,
  subject: string,
): Promise<{ tenantId: string }> {
  exchange.options.filter = "rcpt";
  exchange.options.recipients = [];
  pop3.add("box", mailText(subject));
  await owner.bringIn(configOf(company, exchange, pop3));
  const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } });
  const place = async () => (await owner.db.prisma.mail.findFirst({ where: { tenantId } }))?.place;
  await expect.poll(place, { timeout: 30_000 }).toBe("badmail");
  return { tenantId };
}
