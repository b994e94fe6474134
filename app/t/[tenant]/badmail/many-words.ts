// Reasons speak of one mail. A group of many is spoken of as many.

const verbs = "took|takes|refused|hold|holds|in|have|sending|deliver|delete|send|download|look at";
// What stands in quotes is a name.
const object = new RegExp(`“[^”]*”|\\b(${verbs}) it\\b`, "gi");

export const forMany = (words: string, mails: number): string =>
  mails === 1
    ? words
    : words
        .replace(object, (found, verb?: string) => (verb ? `${verb} them` : found))
        .replace(/\bsend the mail\b/, "send them")
        .replace(/\bthe mail is\b/, "the mails are")
        .replace(/^It is\b/, "They are")
        .replace(/^It goes\b/, "They go")
        .replace(/^Its header is\b/, "Their headers are");
