// Why a mail is in BADMAIL or held, as people read it: one sentence for the cause, one for what to change.

export interface ReasonWords {
  /** the cause, as a group's heading */
  title: string;
  /** what to change before it is sent again */
  remedy: string;
}

const known: Record<string, ReasonWords> = {
  spam: {
    title: "Exchange took it for spam",
    remedy:
      "If the mail is wanted, exempt Mailferry's address from filtering in Exchange, or in the gateway before it, then send one as a trial.",
  },
  "unknown-recipient": {
    title: "Exchange doesn't know the address",
    remedy: "Create the address in Exchange, or send the mail to another address.",
  },
  permanent: {
    title: "Exchange refused it for good",
    remedy: "Read the server's words, change what they name, then send one as a trial.",
  },
  "too-large": {
    title: "It is larger than Exchange takes",
    remedy: "Raise the size limit of the receive connector and of the organisation, then send it again.",
  },
  "header-too-large": {
    title: "Its header is larger than Exchange takes",
    remedy: "Raise MaxHeaderSize of the receive connector, then send it again.",
  },
  "own-sender": {
    title: "Exchange guards its own domain as sender",
    remedy:
      "The sender is of your own domain, and Exchange takes that for a forgery. Allow it for Mailferry's receive connector.",
  },
  smtputf8: {
    title: "Exchange doesn't take addresses with such letters",
    remedy: "Send it to an address of plain letters.",
  },
  "gave-up": {
    title: "Mailferry gave up after trying for the set time",
    remedy: "See the server's last words, change what they name, then send one as a trial.",
  },
  nobody: {
    title: "No address of yours is in it",
    remedy: "Deliver it to an address, or delete it.",
  },
  "too-many-recipients": {
    title: "It is for very many addresses of yours",
    remedy: "Look whether all of them are meant, then send it again, or send it to some of them.",
  },
  loop: {
    title: "It goes round in a loop",
    remedy: "Find the forwarding that leads back to the mailbox and end it before you send it again.",
  },
  person: { title: "Somebody here holds it", remedy: "Send it again when it may go, or delete it." },
  rule: { title: "A rule of yours holds it", remedy: "Look at it, then send it or delete it." },
  uncertain: {
    title: "Exchange's answer was lost",
    remedy: "Exchange may have it already. Ask the recipient before you send it again.",
  },
  "body-missing": {
    title: "Its stored bytes are gone or cut",
    remedy: "Tell whoever runs Mailferry: restore the bytes from a backup of the database, then send it again.",
  },
  "body-changed": {
    title: "Its stored bytes were changed",
    remedy: "Tell whoever runs Mailferry: restore the bytes from a backup of the database, then send it again.",
  },
  "kills-worker": {
    title: "Sending it ended the worker several times",
    remedy: "Download it and tell whoever runs Mailferry. Sending it again may end the worker again.",
  },
};
const aliases: Record<string, string> = { "answer-lost": "uncertain" };

/** Kinds that Mailferry doesn't know yet still read well: "some-kind" is shown as "Some kind". */
export function reasonWords(kind: string | null): ReasonWords {
  const name = kind ?? "";
  const found = known[aliases[name] ?? name];
  if (found) return found;
  const spoken = name.replaceAll("-", " ").trim();
  return {
    title: spoken ? spoken.charAt(0).toUpperCase() + spoken.slice(1) : "No reason was noted",
    remedy: "Open a mail to see the server's words, then send one as a trial.",
  };
}

/** Exchange may have such a mail already: whoever sends it again is told so. */
export const mayBeThere = (kind: string | null): boolean => kind === "uncertain" || kind === "answer-lost";
