// Another company with a row of everything, for tests that ask for it by its ids.
import { expect } from "@playwright/test";
import type { ExchangeServer } from "../test/servers/exchange";
import type { Pop3Server } from "../test/servers/pop3";
import { type Company, password } from "./fixtures";
import type { Owner } from "./owner";

export interface Foreign {
  company: Company;
  tenantId: string;
  ids: { mailbox: string; mail: string; exchange: string; person: string; probe: string; rule: string };
}

/** Its own Exchange refuses the only mail, which then stands in BADMAIL. */
export async function foreignCompany(
  owner: Owner,
  near: Company,
  pop3: Pop3Server,
  exchange: ExchangeServer,
): Promise<Foreign> {
  const company = await owner.makeCompany(`f${near.slug}`, password);
  exchange.options.filter = "rcpt";
  exchange.options.recipients = [];
  pop3.add("box", "From: a@sender.example\r\nSubject: theirs\r\nMessage-ID: <theirs@sender.example>\r\n\r\nwords\r\n");
  await owner.bringIn(`version: 1
tenants:
  - slug: ${company.slug}
    exchange:
      host: 127.0.0.1
      port: ${exchange.port}
      postmaster: postmaster@${company.domain}
      notify: { spam: false, unknownRecipient: false, badmail: false, collecting: false }
    mailboxes:
      - { name: theirs, protocol: pop3, host: 127.0.0.1, port: ${pop3.port}, tls: "off", username: box, password: box password, recipients: { mode: single, address: someone@${company.domain} } }
    rules:
      - { name: theirs, when: { subject: "*never*" }, then: { hold: true } }
`);
  const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } });
  const where = { tenantId };
  await expect
    .poll(async () => (await owner.db.prisma.mail.findFirst({ where }))?.place, { timeout: 30_000 })
    .toBe("badmail");
  const { id: mail } = await owner.db.prisma.mail.findFirstOrThrow({ where });
  const { id: mailbox } = await owner.db.prisma.mailbox.findFirstOrThrow({ where });
  const { id: server } = await owner.db.prisma.exchange.findFirstOrThrow({ where });
  const { id: rule } = await owner.db.prisma.rule.findFirstOrThrow({ where });
  const { personId: person } = await owner.db.prisma.membership.findFirstOrThrow({ where });
  const probe = await owner.db.prisma.probe.create({
    data: { tenantId, kind: "exchange", state: "done", input: {}, requestedBy: "somebody" },
  });
  // The last poll ends a moment after its mail was stored; the next one would change what is compared.
  await expect
    .poll(async () => {
      const { rows } = await owner.db.pool.query<{ quiet: boolean }>(
        `update mailbox_state set due_at = case when lease_token is null then now() + interval '1 day' else due_at end
         where tenant_id = $1::uuid returning lease_token is null and due_at > now() + interval '1 hour' as quiet`,
        [tenantId],
      );
      return rows.every(({ quiet }) => quiet);
    })
    .toBe(true);
  return { company, tenantId, ids: { mailbox, mail, exchange: server, person, probe: probe.id, rule } };
}

const tables = [
  "exchange",
  "mailbox",
  "mailbox_state",
  "lane",
  "rule",
  "membership",
  "mail",
  "recipient",
  "identity",
  "audit",
  "removed_mailbox",
  "mail_event",
  "notice",
  "body",
  "ledger",
  "probe",
];

/** What stands in each of its tables, as one hash each. */
export async function rowsOf(owner: Owner, tenantId: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const table of tables) {
    const { rows } = await owner.db.pool.query<{ hash: string }>(
      `select coalesce(md5(string_agg(t::text, '' order by t::text)), '') as hash from ${table} t where tenant_id = $1`,
      [tenantId],
    );
    found[table] = rows[0]?.hash ?? "";
  }
  return found;
}
