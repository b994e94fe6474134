// Cases of a test up to the sign-in: reaching the server, its greeting, TLS, certificate, user name.

import { at, type Case, connector, literal, quoted, says, where, workerAddress } from "./run-exchange-case";
import { securingCases } from "./run-exchange-securing";

const reaching: Case[] = [
  {
    name: "stopped",
    when: (t) => t.kind === "aborted",
    say: () => ({ sentence: "The test was stopped. Nothing is known beyond the lines above." }),
  },
  {
    name: "refused connection",
    when: (t) => at(t, "connect") && t.kind === "unreachable" && /refused/i.test(t.message),
    say: (_, s) => ({
      sentence: `Nothing listens at ${where(s)}. ${s.port === 25 ? "Check Exchange Server, and that Exchange's transport service runs." : "Check that the server runs, and the port: Exchange takes mail from other servers at 25."}`,
      field: s.port === 25 ? "host" : "port",
      ...(s.port === 25 ? {} : { suggestion: "25" }),
    }),
  },
  {
    name: "no connection in time",
    when: (t) => at(t, "connect") && t.kind === "timeout" && /no connection/i.test(t.message),
    say: (_, s) => ({
      sentence: `${where(s)} did not answer within ${s.timeoutSeconds} s. Check Exchange Server and IP port number, and that no firewall stands between it and this worker.`,
      field: "host",
    }),
  },
  {
    name: "no way there",
    when: (t) => at(t, "connect") && t.kind === "unreachable",
    say: (t, s) => ({
      sentence: `${where(s)} can't be reached from this worker (${quoted(t)}). Check Exchange Server and the network between.`,
      field: "host",
    }),
  },
  {
    name: "silent on an implicit-TLS port",
    when: (t, s) =>
      at(t, "connect") && (t.kind === "timeout" || t.kind === "cut") && s.port === 465 && s.tls !== "implicit",
    say: (_, s) => ({
      sentence: `${s.host} says nothing on port 465 because it expects TLS from the first byte: choose implicit TLS under Encryption, or set IP port number to 25.`,
      field: "tls",
      suggestion: "implicit",
    }),
  },
  {
    name: "no greeting",
    when: (t) => at(t, "connect") && t.kind === "timeout" && !/handshake/i.test(t.message),
    say: (_, s) => ({
      sentence: `${where(s)} takes the connection but does not greet within ${s.timeoutSeconds} s. Check IP port number, and raise Timeout if Exchange is known to be slow.`,
      field: "port",
    }),
  },
  {
    name: "hung up at once",
    when: (t) => at(t, "connect") && t.kind === "cut",
    say: (t, s) => ({
      sentence: `${where(s)} closed the connection before it said a word. Check IP port number, and that its receive connector takes this worker's address.`,
      field: "port",
      command: `${connector} | Set-ReceiveConnector -RemoteIPRanges @{Add=${literal(workerAddress(t))}}`,
    }),
  },
  {
    name: "no mail server",
    when: (t) => at(t, "connect") && t.kind === "protocol",
    say: (t, s) => ({
      sentence: `What answers at ${where(s)} is no mail server (${quoted(t)}). Set IP port number to 25.`,
      field: "port",
      ...(s.port === 25 ? {} : { suggestion: "25" }),
    }),
  },
];

const greeting: Case[] = [
  {
    name: "too many connections",
    when: (t) => t.step === "open" && says(t, "4.3.2", /too many.*(connection|session)/i),
    say: (_, s) => ({
      sentence: `${s.host} has as many connections from this worker as it takes: lower Most connections at once, or raise the limit in Exchange.`,
      field: "maxConnections",
      command: `${connector} | Set-ReceiveConnector -MaxInboundConnectionPerSource 100 -MaxInboundConnectionPercentagePerSource 50`,
    }),
  },
  {
    name: "busy",
    when: (t) => at(t, "connect", "ehlo") && t.reply !== null && t.reply.code < 500,
    say: (t, s) => ({ sentence: `${s.host} takes no mail at the moment (${quoted(t)}). Test again in some minutes.` }),
  },
  {
    name: "refuses this worker",
    when: (t) => at(t, "connect") && t.kind === "reply",
    say: (t, s) => ({
      sentence: `${s.host} refuses this worker (${quoted(t)}): let its receive connector take the worker's address.`,
      field: "host",
      command: `${connector} | Set-ReceiveConnector -RemoteIPRanges @{Add=${literal(workerAddress(t))}}`,
    }),
  },
  {
    name: "HELO refused",
    when: (t) => at(t, "ehlo"),
    say: (t, s) => ({
      sentence: `${s.host} does not accept the name by which Mailferry greets it (${quoted(t)}): set HELO Domain to a full name that DNS knows, like ferry.provider.example.`,
      field: "heloDomain",
    }),
  },
];

const signing: Case[] = [
  {
    name: "no way to sign in",
    when: (t) => at(t, "auth") && t.kind === "protocol",
    say: (t, s) => ({
      sentence: `${s.host} offers no sign-in that Mailferry can use (${quoted(t)}): switch Basic authentication on at its receive connector, or empty User name.`,
      field: "username",
      suggestion: "",
      command: `${connector} | Set-ReceiveConnector -AuthMechanism Tls,BasicAuth,BasicAuthRequireTLS`,
    }),
  },
  {
    name: "sign-in refused for now",
    when: (t) => at(t, "auth") && t.reply !== null && t.reply.code < 500,
    say: (t, s) => ({
      sentence: `${s.host} can't check the password at the moment (${quoted(t)}). Test again in some minutes.`,
    }),
  },
  {
    name: "sign-in refused",
    when: (t) => at(t, "auth") && t.kind === "reply",
    say: (t, s) => ({
      sentence: `${s.host} refused User name or Password (${quoted(t)}): correct them, write the user name as DOMAIN\\user or user@domain, or leave both empty on port 25.`,
      field: "password",
    }),
  },
  {
    name: "password not for this",
    when: (t) => at(t, "auth") && t.kind === "tls",
    say: (t) => ({ sentence: t.message, field: "tls", suggestion: "require" }),
  },
];

export const openingCases: Case[] = [...reaching, ...securingCases, ...greeting, ...signing];
