// When are two refusals the same one? Code and words without what differs from mail to mail: ids, addresses, numbers.
import type { Reply } from "@/mail/reply";

export const refusalKey = (reply: Reply): string =>
  `${reply.code} ${reply.enhanced ?? ""} ${reply.text
    .slice(0, 1000)
    .toLowerCase()
    .replace(/<[^<>]*>|\[[^[\]]*\]/g, "•")
    .replace(/[^\s<>@"'()[\]]*@[^\s<>@,;:"'()[\]]+/g, "•")
    .replace(/https?:\/\/\S+/g, "•")
    // ids: words with a digit in them, and long hexadecimal ones
    .replace(/[\w.:=+/-]*\d[\w.:=+/-]*/g, "•")
    .replace(/\b[0-9a-f]{12,}\b/g, "•")
    .replace(/\s+/g, " ")
    .replace(/(?:• ?)+/g, "• ")
    .trim()}`;
