// AUTH PLAIN and LOGIN (RFC 4954, 4616): only over an encrypted connection whose certificate was judged.
import type { Reply } from "./reply";
import type { SmtpFacts } from "./smtp";
import { hidden, type Talk } from "./smtp-talk";

export async function signIn(talk: Talk, facts: SmtpFacts): Promise<void> {
  const { username, password, host } = talk.settings;
  // The settings were checked before; this is the last door before a password leaves.
  if (!talk.wire.encrypted || facts.accepted === null || facts.accepted === "any")
    throw talk.fault(
      "auth",
      "tls",
      `The password is not sent: the connection to ${host} is not encrypted and checked.`,
    );
  if (/[\r\n\0]/.test(username) || /[\r\n\0]/.test(password ?? ""))
    throw talk.fault("auth", "protocol", "user name or password holds a line break; type it again");
  const offered = mechanisms(facts.extensions);
  talk.show("step", "Signing in");
  let answer: Reply | null = null;
  if (offered.includes("PLAIN")) answer = await plain(talk, username, password ?? "");
  // 504 5.7.4 Unrecognized authentication type: offered, but not meant.
  if ((answer === null || answer.code === 504) && offered.includes("LOGIN"))
    answer = await login(talk, username, password ?? "");
  if (answer === null) throw talk.fault("auth", "protocol", noMechanism(offered));
  if (answer.code !== 235) throw talk.refusal("auth", answer);
  talk.show("ok", "Signed in");
}

/** "AUTH NTLM LOGIN", and "AUTH=LOGIN" of old servers. */
export const mechanisms = (extensions: string[]): string[] =>
  extensions.flatMap(
    (row) =>
      /^AUTH[ =](.*)$/i
        .exec(row)?.[1]
        ?.toUpperCase()
        .split(/[\s=]+/) ?? [],
  );

const noMechanism = (offered: string[]): string =>
  offered.length === 0
    ? "it offers no sign-in on this port; leave User name empty, or let the receive connector use Basic authentication"
    : `it offers only ${offered.join(", ").slice(0, 80)}; let the receive connector use Basic authentication (AUTH LOGIN)`;

const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64");

async function plain(talk: Talk, username: string, password: string): Promise<Reply> {
  const response = base64(`\0${username}\0${password}`);
  talk.conceal(password, response, base64(password));
  const answer = await talk.ask("auth", `AUTH PLAIN ${response}`, `AUTH PLAIN ${hidden}`);
  return answer.code === 334 ? talk.ask("auth", response, hidden) : answer;
}

async function login(talk: Talk, username: string, password: string): Promise<Reply> {
  talk.conceal(password, base64(password), base64(username));
  let answer = await talk.ask("auth", "AUTH LOGIN");
  if (answer.code === 334) answer = await talk.ask("auth", base64(username), hidden);
  if (answer.code === 334) answer = await talk.ask("auth", base64(password), hidden);
  return answer;
}
