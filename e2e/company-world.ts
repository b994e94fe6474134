// A company's settings as a configuration file, for stories that begin after the setting up.
import type { ExchangeServer } from "../test/servers/exchange";
import type { Pop3Server } from "../test/servers/pop3";
import type { Company } from "./fixtures";

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
