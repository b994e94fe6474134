// What a test can find out before the first mail: the way there, encryption, the greeting, the sign-in.
import { fingerprintsCommand } from "@/domain/exchange/fingerprints-command";
import type { Finding } from "./findings";
import { ownConnector } from "./step";

const certificates = "Get-ExchangeCertificate | Format-List Subject,CertificateDomains,NotAfter,Thumbprint,Services";

export const connectingFindings: readonly Finding[] = [
  {
    names: ["refused connection", "no connection in time", "no way there"],
    title: "Nothing answers at that address and port",
    means:
      "No receive connector listens there, its service is stopped, or a firewall stands between. This shows on which addresses and ports Exchange listens, and whether its services run.",
    run: "Get-ReceiveConnector | Format-Table Identity,Bindings,Enabled; Test-ServiceHealth | Format-List Role,RequiredServicesRunning,ServicesNotRunning",
  },
  {
    names: ["no greeting", "busy", "temporary", "no answer", "short of space"],
    title: "Exchange answers late, or not now",
    means:
      "Exchange holds mail back when disk or memory run short (back pressure, 4.3.1), or while a part of it is in maintenance. Nothing is to be set: make room, and look at what it says of itself. Mailferry keeps the mail.",
    run: "Get-ServerComponentState $env:COMPUTERNAME | Where-Object { \"$($_.State)\" -ne 'Active' }; Get-EventLog Application -Source MSExchangeTransport -Newest 20 | Format-Table TimeGenerated,EntryType,Message -Wrap",
  },
  {
    names: ["hung up at once", "refuses this worker"],
    title: "Exchange does not let our address in",
    means: "No receive connector takes connections from our address, or a block list names it.",
    step: "connector",
  },
  {
    names: ["silent on an implicit-TLS port", "no implicit TLS", "no mail server"],
    title: "Something else listens on that port",
    means:
      "Exchange takes mail of other servers on port 25 and begins encryption with StartTLS. It has no port with implicit TLS, unless a device before it does that.",
    step: "connector",
  },
  {
    names: ["StartTLS missing, user name given", "StartTLS missing", "must encrypt"],
    title: "Encryption is not offered, or is demanded and not used",
    means:
      "A receive connector offers StartTLS when Tls is among its ways to authenticate, and when a certificate fits its name. The connector of step 1 has it.",
    step: "connector",
  },
  {
    names: ["old TLS", "handshake failed", "StartTLS refused"],
    title: "Encryption can't begin",
    means:
      "The certificate for SMTP is missing, has ended, or lacks its private key; or the server knows only old versions of TLS. This shows the certificates: one must have SMTP among its services and a date ahead.",
    run: certificates,
  },
  {
    names: [
      "another certificate than the trusted one",
      "wrong name on the certificate",
      "expired certificate",
      "certificate of nobody known",
    ],
    title: "The certificate is not one that Mailferry may trust",
    means:
      "Exchange's own certificate is self-signed and renewed by hand or by Exchange. Trust it on the Exchange page after comparing its fingerprint, or give Exchange one of a known authority. This shows the fingerprints of those that it has.",
    run: fingerprintsCommand,
  },
  {
    names: ["too many connections"],
    title: "Too many connections at once (421 4.3.2)",
    means:
      "A connector that an administrator added takes 20 connections and 2 % of all from one address. Mailferry goes slower by itself; this gives it more.",
    run: `Set-ReceiveConnector ${ownConnector} -MaxInboundConnectionPerSource 100 -MaxInboundConnectionPercentagePerSource 50`,
    back: `Set-ReceiveConnector ${ownConnector} -MaxInboundConnectionPerSource 20 -MaxInboundConnectionPercentagePerSource 2`,
  },
  {
    names: ["HELO refused"],
    title: "The name in our greeting is not taken",
    means:
      "Exchange demands a full name in EHLO, or DNS does not know the one that we use. Give one in HELO Domain on the Exchange page; there is nothing to run in Exchange.",
  },
  {
    names: [
      "no way to sign in",
      "sign-in refused",
      "sign-in refused for now",
      "signed in and still not let in",
      "password not for this",
    ],
    title: "The sign-in fails",
    means:
      "The connector offers no Basic authentication, or the account is locked, expired or not allowed to submit. Collected mail needs no account: with the connector of step 1 leave User name empty.",
    step: "connector",
  },
  {
    names: ["stopped", "other"],
    title: "The test ended before it could tell",
    means:
      "Test again. If it ends the same way, Exchange's protocol log says more once it is switched on for the connector.",
    run: `Set-ReceiveConnector ${ownConnector} -ProtocolLoggingLevel Verbose`,
    back: `Set-ReceiveConnector ${ownConnector} -ProtocolLoggingLevel None`,
  },
];
