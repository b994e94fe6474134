// Cases of a test after the sign-in: what Exchange makes of a mail like a notice and of one like a collected mail.
import { type Case, connector, domainOf, literal, quoted, says, workerAddress } from "./run-exchange-case";

export const sendingCases: Case[] = [
  {
    name: "must encrypt",
    when: (t, s) =>
      says(t, "5.7.0", /must issue a? ?starttls/i, /[45]\.7\.3 .*(starttls|cannot achieve)/i) && s.tls === "off",
    say: () => ({
      sentence: "Exchange takes mail over an encrypted connection only: tick Allow StartTLS.",
      field: "tls",
      suggestion: "allow",
    }),
  },
  {
    name: "may not send for others",
    when: (t) => says(t, "5.7.60", /permissions? to send as this sender/i),
    say: (_, s) => ({
      sentence:
        s.username === ""
          ? "Exchange takes no mail from outside senders at this connector: let anonymous senders in, or use its port 25."
          : "The account may not send for others, so every collected mail would be refused: leave User name empty on port 25, or grant the account ms-Exch-SMTP-Accept-Any-Sender.",
      ...(s.username !== "" ? ({ field: "username", suggestion: "" } as const) : {}),
      ...(s.username === "" && s.port !== 25 ? ({ field: "port", suggestion: "25" } as const) : {}),
      command: `${connector} | Add-ADPermission -User ${literal(s.username || "NT AUTHORITY\\ANONYMOUS LOGON")} -ExtendedRights ms-Exch-SMTP-Accept-Any-Sender,ms-Exch-SMTP-Accept-Authoritative-Domain-Sender`,
    }),
  },
  {
    name: "client port asks for a sign-in",
    when: (t, s) =>
      s.username === "" && s.port === 587 && says(t, "5.7.57", /not authenticated|authentication required|^530/i),
    say: () => ({
      sentence:
        "Port 587 is Exchange's door for people with passwords: set IP port number to 25, where it takes mail from other servers.",
      field: "port",
      suggestion: "25",
    }),
  },
  {
    name: "asks for a sign-in",
    when: (t, s) => s.username === "" && says(t, "5.7.57", /not authenticated|authentication required|^530/i),
    say: () => ({
      sentence:
        "Exchange's connector takes no mail without a sign-in: let anonymous senders in for this worker's address, or give User name and Password.",
      field: "username",
      command: `${connector} | Set-ReceiveConnector -PermissionGroups AnonymousUsers`,
    }),
  },
  {
    name: "signed in and still not let in",
    when: (t) => says(t, "5.7.57", /not authenticated|^530/i),
    say: (t) => ({
      sentence: `Exchange does not let the account send here (${quoted(t)}): check User name, or leave it empty on port 25.`,
      field: "username",
    }),
  },
  {
    name: "domain not accepted",
    when: (t) => says(t, "5.7.54", /unable to relay|relay (access )?denied|relaying denied/i),
    say: (_, s) => ({
      sentence: `Exchange does not take mail for ${domainOf(s.postmaster)}: correct Postmaster, or add the domain to Accepted Domains.`,
      field: "postmaster",
      command: `New-AcceptedDomain -Name ${literal(domainOf(s.postmaster))} -DomainName ${literal(domainOf(s.postmaster))} -DomainType Authoritative`,
    }),
  },
  {
    name: "null sender refused",
    // Seen: MAIL FROM:<> is taken and "554 5.1.0 Sender denied" comes after the dot (Sender Filter, blank senders blocked).
    when: (t) =>
      t.step === "notice" &&
      says(t, "5.1.0", "5.1.7", "5.1.8", /sender (address )?(denied|rejected|refused|blocked)|null (reverse|sender)/i),
    say: () => ({
      sentence:
        "Exchange refuses mail with an empty sender, so every notice would be refused: switch off the blocking of blank senders in Exchange's sender filter.",
      command: "Set-SenderFilterConfig -BlankSenderBlockingEnabled $false",
    }),
  },
  {
    name: "test sender refused",
    when: (t) =>
      t.step === "collected" &&
      says(t, "5.1.0", "5.1.7", "5.1.8", /sender (address )?(denied|rejected|refused|blocked)|domain of sender/i),
    say: (t) => ({
      sentence: `Exchange refuses the sender ${t.mailFrom} (${quoted(t)}): the platform's administrator gives MAILFERRY_MAIL_FROM an address whose domain exists, and Exchange's sender filter must not block it.`,
    }),
  },
  {
    name: "postmaster unknown",
    when: (t) =>
      says(
        t,
        /5\.1\.(1|10|6)\b/,
        /(user|recipient|mailbox|address).{0,20}(unknown|not found|does not exist)|unknown user|no such user/i,
      ),
    say: (t, s) => ({
      sentence: `Exchange knows no address ${s.postmaster} (${quoted(t)}): correct Postmaster, or make that mailbox.`,
      field: "postmaster",
    }),
  },
  {
    name: "own domain from outside",
    when: (t, s) =>
      t.step === "collected" &&
      says(t, "5.7.1") &&
      domainOf(t.mailFrom).toLowerCase() === domainOf(s.postmaster).toLowerCase(),
    say: (t) => ({
      sentence: `Exchange lets nobody outside use its own domain as sender, and ${t.mailFrom} does: the platform's administrator gives MAILFERRY_MAIL_FROM an address of another domain.`,
      command: `${connector} | Add-ADPermission -User 'NT AUTHORITY\\ANONYMOUS LOGON' -ExtendedRights ms-Exch-SMTP-Accept-Authoritative-Domain-Sender`,
    }),
  },
  {
    name: "taken for spam",
    when: (t) =>
      says(t, /5\.7\.(1|509|511|512|606)\b/, /spam|block ?list|blacklist|content filter|spf|dmarc|reputation/i),
    say: (t) => ({
      sentence: `Exchange took the test mail for spam (${quoted(t)}): tell Exchange that this worker's address is one of its own mail servers.`,
      command: `Add-IPAllowListEntry -IPAddress ${literal(workerAddress(t))}; Set-TransportConfig -InternalSMTPServers @{Add=${literal(workerAddress(t))}}`,
    }),
  },
  {
    name: "short of space",
    when: (t) => says(t, "4.3.1", /insufficient system (resources|storage)|disk full/i),
    say: () => ({
      sentence:
        "Exchange is short of disk space or memory and takes no mail now: free some there. Mailferry keeps mail waiting and goes on by itself.",
      command: "Get-ExchangeDiagnosticInfo -Process EdgeTransport -Component ResourceThrottling",
    }),
  },
  {
    name: "mailbox full",
    when: (t) => says(t, "5.2.2", /(mailbox|quota).{0,20}(full|exceeded)/i),
    say: (_, s) => ({
      sentence: `The mailbox ${s.postmaster} is full: make room there, or name another Postmaster.`,
      field: "postmaster",
    }),
  },
  {
    name: "too fast",
    when: (t) => says(t, /4\.4\.2|rate (limit )?exceeded|submission rate/i),
    say: () => ({
      sentence:
        "Exchange limits how many mails a minute it takes from this worker: raise the limit at its receive connector.",
      command: `${connector} | Set-ReceiveConnector -MessageRateLimit unlimited`,
    }),
  },
  {
    name: "greylisted",
    when: (t) => t.reply !== null && t.reply.code < 500 && says(t, /grey|gray|4\.7\.1|try again|450|451/i),
    say: (t) => ({
      sentence: `Exchange puts mail of a new sender off for a while (${quoted(t)}): exempt this worker's address there, or test again in some minutes.`,
    }),
  },
  {
    name: "temporary",
    when: (t) => t.reply !== null && t.reply.code < 500,
    say: (t) => ({
      sentence: `Exchange can't take mail at the moment (${quoted(t)}). Mailferry would keep mail waiting; test again in some minutes.`,
    }),
  },
  {
    name: "no answer to the mail's end",
    when: (t) => t.kind === "timeout" && t.stage === "dot",
    say: (_, s) => ({
      sentence: `${s.host} took the mail but never answered its end. It may have arrived: look into the postmaster's mailbox, and check what scans mail on Exchange.`,
    }),
  },
  {
    name: "no answer",
    when: (t) => t.kind === "timeout",
    say: (_, s) => ({
      sentence: `${s.host} stopped answering in the middle. Raise Timeout (it is ${s.timeoutSeconds} s), and check the load of Exchange.`,
      field: "timeoutSeconds",
    }),
  },
  {
    name: "cut in the middle",
    when: (t) => t.kind === "cut",
    say: (_, s) => ({
      sentence: `${s.host} closed the connection in the middle. A firewall that inspects mail (often “SMTP fixup”) does that: switch it off for this worker.`,
    }),
  },
  {
    name: "address not in ASCII",
    when: (t) => t.kind === "unsendable" && /smtputf8/i.test(t.message),
    say: (_, s) => ({
      sentence: `Exchange takes no addresses with letters beyond ASCII, and Postmaster ${s.postmaster} has some: name another one.`,
      field: "postmaster",
    }),
  },
  {
    name: "size limit below a test mail",
    when: (t) => t.kind === "unsendable" || says(t, "5.3.4"),
    say: () => ({
      sentence: "Exchange's size limit is below even a test mail: raise it at its receive connector.",
      command: `${connector} | Set-ReceiveConnector -MaxMessageSize 100MB`,
    }),
  },
  {
    name: "refused",
    when: (t) => t.reply !== null && t.reply.code >= 500,
    say: (t) => ({
      sentence: `Exchange refused ${t.step === "notice" ? "a mail like a notice" : "a mail like a collected one"} at ${t.stage.toUpperCase()} (${quoted(t)}), so real ones would be refused too. Exchange's log names the agent that did it.`,
      command: "Get-AgentLog -StartDate (Get-Date).AddHours(-1) | Format-List Timestamp,Agent,Event,SmtpResponse",
    }),
  },
];
