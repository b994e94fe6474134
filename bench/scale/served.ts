// What stands outside, in the bench's own process: a POP3 server for all mailboxes and an SMTP server for all tenants.
import { type Served, serveSink } from "@/bench/ferry/sink";
import { type Pop3Server, startPop3 } from "@/test/servers/pop3";
import { password, userOf } from "./world";

export interface Outside {
  sourcePort: number;
  sinkPort: number;
  /** so far: sessions that signed in, and mails that the sink took */
  counts(): { polls: number; mails: number };
  close(): Promise<void>;
}

const forgetEveryMs = 500;

/** One of so many mailboxes has a small mail, from the beginning; whoever collects it makes room for none other. */
const oneIn = 20;

export async function serveOutside(mailboxes: number): Promise<Outside> {
  let polls = 0;
  let mails = 0;
  const users = Object.fromEntries(Array.from({ length: mailboxes }, (_, n) => [userOf(n + 1), password]));
  const source: Pop3Server = await startPop3({ users });
  for (let n = 1; n <= mailboxes; n += oneIn) source.add(userOf(n), mailOf(n));
  const sink: Served = await serveSink({ took: () => (mails += 1) });
  // It remembers all that it was told, for tests: here only how often somebody signed in.
  const heard = () => {
    polls += source.commands.filter((command) => command === "PASS" || command === "AUTH").length;
    source.commands.length = 0;
    source.deleted.length = 0;
  };
  const timer = setInterval(heard, forgetEveryMs);
  return {
    sourcePort: source.port,
    sinkPort: sink.port,
    counts: () => {
      heard();
      return { polls, mails };
    },
    close: async () => {
      clearInterval(timer);
      await Promise.all([source.close(), sink.close()]);
    },
  };
}

const mailOf = (n: number): string =>
  [
    `From: sender${n}@elsewhere.example`,
    `To: inbox@company.example`,
    `Subject: Mail ${n}`,
    `Message-ID: <scale-${n}@elsewhere.example>`,
    "Date: Sat, 28 Nov 2026 09:00:00 +0000",
    "",
    "A small mail.".padEnd(800, " and on"),
    "",
  ].join("\r\n");
