// The words of a letter, to somebody who may never have heard of Mailferry.
import { timeIn } from "@/domain/notice/sender";

export interface LetterFacts {
  kind: "invitation" | "reset";
  /** the portal's address, and the link itself */
  url: string;
  link: string;
  until: Date;
  zone: string;
}

export function composeLetter({ kind, url, link, until, zone }: LetterFacts): { subject: string; text: string } {
  const parts = {
    invitation: {
      subject: "You are invited to Mailferry",
      why: `An administrator of Mailferry at ${url}, or somebody who typed your address at its sign-in page, asked for this invitation. Mailferry collects a company's mail from its mailboxes and delivers it to the company's own server.`,
      choose: "Open this link to choose your password and sign in:",
    },
    reset: {
      subject: "Your new password for Mailferry",
      why: `You, somebody who typed your address, or an administrator of Mailferry at ${url} asked for a link that sets a new password for you. Your old one works until you use it.`,
      choose: "Open this link to choose a new password:",
    },
  }[kind];
  const text = [
    parts.why,
    parts.choose,
    link,
    `It works once, until ${timeIn(until, zone)}. After that, ask for a new one.`,
    "If you did not expect this mail, don't open the link: nothing changes without it.",
  ].join("\n\n");
  return { subject: parts.subject, text: `${text}\n\n--\nMailferry\n` };
}
