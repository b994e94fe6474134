// The demo's world: a provider with POP3 and IMAP mailboxes, the Exchange servers of three companies and a spare one, a closed
// port for the fourth, and the provider's own outgoing server. All on 127.0.0.1.
import { createServer } from "node:net";
import { applyConfig } from "@/domain/config/apply";
import { readConfig } from "@/domain/config/read";
import { openDb } from "@/lib/db";
import { privateKeyFile } from "@/lib/env";
import { readPrivateKeys } from "@/lib/seal";
import { certificate } from "@/test/servers/certificates";
import { type ExchangeServer, startExchange } from "@/test/servers/exchange";
import { startImap } from "@/test/servers/imap";
import { startPop3 } from "@/test/servers/pop3";
import { letter } from "./letters";

const password = "demo password";
/** Wingtip's server shows another certificate from then on, as Exchange does when its self-signed one was renewed. */
const renewedAfterMs = 60_000;
const boxes = {
  pop3: ["info@contoso.example", "all@northwind.example", "office@wingtip.example", "office@tailspin.example"],
  imap: ["all@contoso.example", "office@fabrikam.example"],
};

export async function openWorld() {
  const cert = await certificate({ names: ["localhost", "127.0.0.1"] });
  const users = (list: string[]) => Object.fromEntries(list.map((name) => [name, password]));
  const pop3 = await startPop3({ users: users(boxes.pop3) });
  const imap = await startImap({ users: users(boxes.imap), tls: cert, implicit: true });
  const contoso = await startExchange({
    name: "EX01.contoso.example",
    keep: "hash",
    domains: ["contoso.example"],
    recipients: ["info", "sales", "orders", "postmaster", "office"].map((name) => `${name}@contoso.example`),
    filter: "dot",
    spamWord: "lottery",
    tarpitMs: 1000,
  });
  const fabrikam = await startExchange({ name: "EX02.fabrikam.example", keep: "hash", certificate: cert });
  const wingtip = await startExchange({ name: "EX04.wingtip.example", keep: "hash", certificate: cert });
  const spare = await startExchange({
    name: "EX03.tailspin.example",
    keep: "hash",
    domains: ["tailspin.example"],
    recipients: ["office@tailspin.example", "postmaster@tailspin.example"],
    filter: "rcpt",
  });
  const provider = await startExchange({ name: "mail.demo.example", keep: "hash" });
  const ports = {
    pop3: pop3.port,
    imap: imap.port,
    contoso: contoso.port,
    fabrikam: fabrikam.port,
    wingtip: wingtip.port,
    closed: await closedPort(),
  };
  const rain = raining(pop3, imap);
  const renewal = await renewalOf(wingtip);
  const codes = codesOf([contoso, fabrikam, wingtip, spare]);
  return {
    /** for a company that somebody sets up themselves: lines to be shown */
    spare: [
      `Exchange Server  127.0.0.1, port ${spare.port}; postmaster@tailspin.example`,
      `mailbox          POP3 at 127.0.0.1, port ${pop3.port}, no encryption; office@tailspin.example, password “${password}”`,
    ],
    /** Calls with the code of each test mail that a postmaster gets, since nobody can read these mailboxes. */
    tellCodes: codes.begin,
    providerUrl: `smtp://127.0.0.1:${provider.port}`,
    bringIn: (env: NodeJS.ProcessEnv) => bringIn(env, configuration(ports, cert.fingerprint)),
    letItRain: () => {
      rain.begin();
      renewal.begin();
    },
    close: async () => {
      rain.end();
      renewal.end();
      codes.end();
      const exchanges = [contoso, fabrikam, wingtip, spare, provider].map((server) => server.stop());
      await Promise.all([pop3.close(), imap.close(), ...exchanges]);
    },
  };
}

/** A port of 127.0.0.1 that nothing listens on: the server that is down. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === "object" && address ? address.port : 9;
}

function configuration(
  ports: Record<"pop3" | "imap" | "contoso" | "fabrikam" | "wingtip" | "closed", number>,
  pin: string,
): string {
  const mailbox = (place: string) => (name: string, username: string, recipients: string) =>
    `      - name: ${name}
        ${place}
        host: 127.0.0.1
        username: ${username}
        password: ${password}
        pollSeconds: 30
        recipients: ${recipients}`;
  const pop3 = mailbox(`protocol: pop3\n        port: ${ports.pop3}\n        tls: "off"`);
  const imap = mailbox(`protocol: imap\n        port: ${ports.imap}\n        certificate: sha256:${pin}`);
  return `version: 1
tenants:
  - slug: contoso
    name: Contoso Ltd
    timeZone: Europe/Berlin
    contact: "Your IT provider, who looks after this server"
    exchange: { host: 127.0.0.1, port: ${ports.contoso}, postmaster: postmaster@contoso.example, retryMinutes: 1 }
    mailboxes:
${pop3("info", "info@contoso.example", "{ mode: single, address: info@contoso.example }")}
${imap("catch-all", "all@contoso.example", "{ mode: headers, domains: [contoso.example] }")}
    rules:
      - name: invoices go to the office
        when: { recipient: orders@contoso.example, subject: "*Invoice*" }
        then: { redirect: [office@contoso.example] }
  - slug: fabrikam
    name: Fabrikam Inc
    timeZone: America/Chicago
    exchange: { host: 127.0.0.1, port: ${ports.fabrikam}, tls: require, certificate: "sha256:${pin}", postmaster: postmaster@fabrikam.example }
    mailboxes:
${imap("office", "office@fabrikam.example", "{ mode: single, address: office@fabrikam.example }")}
  - slug: northwind
    name: Northwind Traders
    timeZone: Europe/London
    exchange: { host: 127.0.0.1, port: ${ports.closed}, postmaster: postmaster@northwind.example, retryMinutes: 1 }
    mailboxes:
${pop3("all", "all@northwind.example", "{ mode: headers, domains: [northwind.example], nobody: hold }")}
  - slug: wingtip
    name: Wingtip Toys
    timeZone: Europe/Paris
    exchange: { host: 127.0.0.1, port: ${ports.wingtip}, tls: require, certificate: "sha256:${pin}", postmaster: postmaster@wingtip.example, retryMinutes: 1 }
    mailboxes:
${pop3("office", "office@wingtip.example", "{ mode: single, address: office@wingtip.example }")}
`;
}

async function bringIn(env: NodeJS.ProcessEnv, text: string): Promise<void> {
  const read = readConfig(text);
  if (!read.ok) throw new Error(`the demo's configuration: ${JSON.stringify(read.faults)}`);
  const db = openDb(env.DATABASE_URL ?? "", 2);
  try {
    const keys = await readPrivateKeys(privateKeyFile(env));
    const options = { check: false, prune: false, stopped: false, keys, env, now: new Date() };
    const applied = await applyConfig(db, read.file, options);
    if (!applied.ok) throw new Error(`the demo's configuration: ${JSON.stringify(applied.faults)}`);
  } finally {
    await db.close();
  }
}

/** What a person would read in the subject of a test's mail. */
function codesOf(servers: ExchangeServer[]) {
  const seen = new Map(servers.map((server) => [server, 0]));
  let timer: NodeJS.Timeout | undefined;
  return {
    begin: (tell: (postmaster: string, code: string) => void) => {
      timer = setInterval(() => {
        for (const [server, before] of seen) {
          seen.set(server, server.mails.length);
          for (const { subject, recipients } of server.mails.slice(before)) {
            const [, code] = /^Code (\d{3} \d{3}):/.exec(subject) ?? [];
            if (code) tell(recipients.join(", "), code);
          }
        }
      }, 300);
    },
    end: () => clearInterval(timer),
  };
}

/** A certificate that was renewed: connections that stand are closed, and the next ones see the new one. */
async function renewalOf(server: ExchangeServer) {
  const renewed = await certificate({ names: ["localhost", "127.0.0.1"], edition: 2 });
  let timer: NodeJS.Timeout | undefined;
  return {
    begin: () => {
      timer = setTimeout(() => {
        server.options.certificate = renewed;
        server.cut();
      }, renewedAfterMs);
    },
    end: () => clearTimeout(timer),
  };
}

type Provider = { add(user: string, bytes: Buffer): unknown };

/** What is there at the start, and then a mail every few seconds. */
function raining(pop3: Provider, imap: Provider) {
  const drop = (server: Provider, user: string, to: string, more: { subject?: string; size?: number } = {}) =>
    server.add(user, letter({ to, ...more }, new Date()));
  const one = (n: number) => {
    const name = ["sales", "orders", "office"][n % 3] ?? "sales";
    drop(pop3, "info@contoso.example", "info@contoso.example");
    drop(imap, "all@contoso.example", `${name}@contoso.example`, n % 5 === 0 ? { size: 400_000 } : {});
    drop(imap, "office@fabrikam.example", "office@fabrikam.example", n % 7 === 0 ? { size: 3_000_000 } : {});
    if (n % 3 === 0) drop(pop3, "all@northwind.example", "sales@northwind.example");
    if (n % 3 === 1) drop(pop3, "office@wingtip.example", "office@wingtip.example");
    if (n % 30 === 3) drop(imap, "all@contoso.example", "sales@contoso.example", { subject: "You won the lottery" });
    if (n % 40 === 5) drop(imap, "all@contoso.example", "former.colleague@contoso.example");
    if (n % 50 === 7)
      drop(imap, "all@contoso.example", "undisclosed@elsewhere.example", { subject: "A list without our address" });
  };
  for (let n = 0; n < 12; n++) one(n);
  for (let n = 0; n < 5; n++) drop(pop3, "office@tailspin.example", "office@tailspin.example");
  let n = 12;
  let timer: NodeJS.Timeout | undefined;
  return {
    begin: () => {
      timer = setInterval(() => one(n++), 6000);
    },
    end: () => clearInterval(timer),
  };
}
