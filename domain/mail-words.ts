// How many mails, in words.

/** "1 mail", "1,234 mails" */
export const mailWords = (n: number): string => (n === 1 ? "1 mail" : `${n.toLocaleString("en")} mails`);
