// What a decision about mails is called, for one mail and for many.
import { mailWords } from "@/domain/mail-words";
import type { Choice } from "@/domain/message/decide-schema";

export interface Asked {
  what: Choice["do"];
  mails: number;
  /** nobody has them yet: there is no address that another one would replace */
  unaddressed: boolean;
}

export function titleOf({ what, mails, unaddressed }: Asked): string {
  const them = mailWords(mails);
  switch (what) {
    case "send-again":
      return `Send ${them} again?`;
    case "send-to":
      return unaddressed ? `Deliver ${them}` : `Send ${them} to another address`;
    case "delete":
      return `Delete ${them} for good?`;
  }
}

export function wordsOf({ what, mails, unaddressed }: Asked): string {
  const one = mails === 1;
  const each = one ? "It" : "Each";
  switch (what) {
    case "send-again":
      return `${each} goes to the recipients that it was refused or held for, as it came. What Exchange refuses again comes back here.`;
    case "send-to":
      return unaddressed
        ? `No address of yours is in ${one ? "it" : "them"}. ${each} goes to the address that you give, as it came.`
        : `${each} goes to this address, and no longer to those that it was refused or held for. The mail itself stays as it came.`;
    case "delete":
      return one
        ? "Nobody gets it. The mail is erased with its body, and this can’t be undone. The audit log keeps your name, the subject and the recipients."
        : "Nobody gets them. The mails are erased with their bodies, and this can’t be undone. The audit log keeps your name, the subjects and the recipients.";
  }
}

export const helpOf = ({ mails }: Asked): string =>
  `Several addresses with commas between them: each gets ${mails === 1 ? "the mail" : "every mail"}.`;

export function verbOf({ what, mails, unaddressed }: Asked): string {
  if (what === "delete") return `Delete ${mailWords(mails)}`;
  return `${unaddressed ? "Deliver" : "Send"} ${mailWords(mails)}`;
}
