// The fields' names as the mailbox pages show them.
export const labels: Record<string, string> = {
  name: "Name",
  protocol: "Protocol",
  host: "Host",
  port: "Port",
  tls: "Encryption",
  certificate: "Certificate",
  username: "User name",
  password: "Password",
  folder: "Folder",
  pollSeconds: "Poll every",
  timeoutSeconds: "Timeout",
  maxPerPoll: "Mails per session",
  start: "What is in the mailbox now",
  rerouteUnknownTo: "Reroute emails to unknown addresses to",
  after: "After collecting",
  keepDays: "Keep for",
  renumberLimit: "Renumber limit",
  paused: "Pause collecting",
  "recipients.mode": "Who gets the mail",
  "recipients.address": "Address",
  "recipients.headers": "Headers, in this order",
  "recipients.domains": "Your domains",
  "recipients.own": "The mailbox's own addresses",
  "recipients.nobody": "Mail for nobody",
};

/** By dotted path; an item of a list has its list's name. */
export const labelOf = (path: string): string => labels[path] ?? labels[path.replace(/\.\d+$/, "")] ?? path;

export const advanced = new Set([
  "certificate",
  "timeoutSeconds",
  "maxPerPoll",
  "rerouteUnknownTo",
  "renumberLimit",
  "paused",
]);
