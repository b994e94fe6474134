// Rules about the connection: before MAIL everything is. The mail is charged nothing.
import type { Stage } from "@/mail/reply";
import type { Rule } from "./rule";
import { manyConnections } from "./words";

const before: readonly Stage[] = ["connect", "ehlo", "starttls", "auth"];
const stop = { class: "connection", action: "stop-lane" } as const;

export const connectionRules: readonly Rule[] = [
  // 421 4.3.2 The maximum number of concurrent server connections has exceeded a limit, closing transmission channel
  // 421 4.7.0 mx.example.com Error: too many connections from 192.0.2.7
  {
    name: "too-many-connections",
    code: /^4/,
    says: manyConnections,
    class: "connection",
    action: "lower-cap",
    meaning: "The server takes no more connections from us at the moment.",
    remedy:
      "Mailferry uses fewer connections for a while. To allow more: Set-ReceiveConnector <name> -MaxInboundConnectionPerSource 100 -MaxInboundConnectionPercentagePerSource 100",
  },
  // 421 4.3.2 Service not available
  {
    name: "service-not-available",
    stages: before,
    code: /^421$/,
    ...stop,
    meaning: "The server is up but takes no mail at the moment.",
    remedy: "Look at the transport service and at free disk space there (Get-ServerComponentState, back pressure).",
  },
  // 535 5.7.8 Username and Password not accepted
  {
    name: "sign-in-refused",
    stages: ["auth"],
    code: /^5(?:35|34|25|30|50|54)$/,
    ...stop,
    meaning: "The server refused the user name or password.",
    remedy: "Correct User name and Password, or leave User name empty if the receive connector takes anonymous mail.",
  },
  // 504 5.7.4 Unrecognized authentication type
  {
    name: "sign-in-not-possible",
    stages: ["auth"],
    ...stop,
    meaning: "Signing in did not work.",
    remedy:
      "Try again later, or allow Basic authentication: Set-ReceiveConnector <name> -AuthMechanism Tls,BasicAuth,BasicAuthRequireTLS",
  },
  {
    name: "starttls-refused",
    stages: ["starttls"],
    ...stop,
    meaning: "The server offers StartTLS but does not carry it out.",
    remedy: "Mend the certificate of the receive connector, or untick Allow StartTLS.",
  },
  // 501 5.5.4 Invalid domain name
  {
    name: "helo-refused",
    stages: ["ehlo"],
    ...stop,
    meaning: "The server does not accept the name that Mailferry greets it by.",
    remedy: "Give a full DNS name in HELO Domain, like ferry.provider.example.",
  },
  // 554 Your access to this mail system has been rejected due to the sending MTA's poor reputation.
  {
    name: "connection-refused",
    stages: before,
    ...stop,
    meaning: "The server refused the connection before any mail was offered.",
    remedy: "Allow Mailferry's address there: Set-ReceiveConnector <name> -RemoteIPRanges @{Add='<worker>'}",
  },
];
