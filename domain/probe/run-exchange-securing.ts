// Cases of a test between greeting and sign-in: TLS, and the certificate that the server shows.
import { fingerprintsCommand } from "@/domain/exchange/fingerprints-command";
import { at, type Case, connector, quoted, signedIn, where } from "./run-exchange-case";

export const securingCases: Case[] = [
  {
    name: "no implicit TLS",
    when: (t, s) =>
      at(t, "connect") && t.kind === "tls" && s.tls === "implicit" && /implicit TLS|not speak TLS/i.test(t.message),
    say: (_, s) => ({
      sentence: `Exchange has no implicit TLS at ${where(s)}: choose StartTLS under Encryption${s.port === 465 ? ", with IP port number 25" : ""}.`,
      field: "tls",
      suggestion: "allow",
    }),
  },
  {
    name: "StartTLS missing, user name given",
    when: (t, s) => at(t, "starttls") && t.kind === "tls" && /not offer/i.test(t.message) && signedIn(s),
    say: (_, s) => ({
      sentence: `${s.host} does not offer StartTLS, and a password is never sent unencrypted: give its receive connector a certificate, or empty User name.`,
      field: "username",
      suggestion: "",
      command: `${connector} | Set-ReceiveConnector -AuthMechanism Tls,BasicAuth,BasicAuthRequireTLS`,
    }),
  },
  {
    name: "StartTLS missing",
    when: (t) => at(t, "starttls") && t.kind === "tls" && /not offer/i.test(t.message),
    say: (_, s) => ({
      sentence: `${s.host} does not offer StartTLS, which is required here: choose Allow StartTLS under Encryption, or give its receive connector a certificate.`,
      field: "tls",
      suggestion: "allow",
      command: `${connector} | Set-ReceiveConnector -AuthMechanism Tls`,
    }),
  },
  {
    name: "old TLS",
    when: (t, s) =>
      at(t, "starttls", "connect") &&
      t.kind === "tls" &&
      s.oldestTls === "1.2" &&
      /TLS version|cipher/i.test(t.message),
    say: (_, s) => ({
      sentence: `${s.host} speaks only a TLS older than 1.2: update it, or set Oldest TLS to 1.0 under Advanced.`,
      field: "oldestTls",
      suggestion: "1.0",
    }),
  },
  {
    name: "handshake failed",
    when: (t) => at(t, "starttls", "connect") && (t.kind === "tls" || t.kind === "cut" || t.kind === "timeout"),
    say: (t, s) => ({
      sentence: `The TLS handshake with ${s.host} failed (${quoted(t)}): mend TLS there, or ${signedIn(s) ? "empty User name and then untick Allow StartTLS" : "untick Allow StartTLS"}.`,
      field: "tls",
      ...(s.tls === "allow" && !signedIn(s) ? { suggestion: "off" } : {}),
    }),
  },
  {
    name: "another certificate than the trusted one",
    when: (t, s) => t.kind === "certificate" && s.certificate.startsWith("sha256:"),
    say: (_, s) => ({
      sentence: `${s.host} shows another certificate than the one you trusted. If it was renewed there, trust this one; if nobody renewed it, ask who stands between.`,
      field: "certificate",
      command: fingerprintsCommand,
    }),
  },
  {
    name: "wrong name on the certificate",
    when: (t) => t.kind === "certificate" && /not made for the name/i.test(t.certificate?.problem ?? t.message),
    say: (t, s) => {
      const name = t.certificate?.names.map((text) => /^DNS:([a-z0-9.-]+)$/i.exec(text)?.[1]).find(Boolean);
      return {
        sentence: `The certificate of ${s.host} carries another name: ${name ? `set Name on the certificate to ${name}` : "correct Name on the certificate"}, or trust this one.`,
        field: "certificateName",
        ...(name ? { suggestion: name } : {}),
      };
    },
  },
  {
    name: "expired certificate",
    when: (t) => t.kind === "certificate" && /expired|not valid yet/i.test(t.certificate?.problem ?? ""),
    say: (t, s) => ({
      sentence: `The certificate of ${s.host} is not valid now (${t.certificate?.problem ?? ""}): renew it in Exchange, or trust this one.`,
      field: "certificate",
      command: "Get-ExchangeCertificate | Format-List Subject,NotAfter,Thumbprint,Services",
    }),
  },
  {
    name: "certificate of nobody known",
    when: (t) => t.kind === "certificate",
    say: (t, s) => ({
      sentence: `This system can't verify the certificate of ${s.host} (${t.certificate?.problem ?? t.message}): trust this one, or give Exchange a certificate of a known authority.`,
      field: "certificate",
      ...(t.certificate ? { suggestion: `sha256:${t.certificate.fingerprint}` } : {}),
      command: fingerprintsCommand,
    }),
  },
  {
    name: "StartTLS refused",
    when: (t) => at(t, "starttls") && t.kind === "reply",
    say: (t, s) => ({
      sentence: `${s.host} offers StartTLS but can't begin it (${quoted(t)}): give its receive connector a valid certificate${signedIn(s) ? "" : ", or untick Allow StartTLS"}.`,
      field: "tls",
      ...(signedIn(s) ? {} : { suggestion: "off" }),
      command: "Get-ExchangeCertificate | Format-List Subject,NotAfter,Thumbprint,Services",
    }),
  },
];
