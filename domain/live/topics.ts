// What news can be about. An event says which of these changed for a tenant, and nothing of what it is now.

export const topics = ["mail", "lane", "mailbox", "test", "settings"] as const;
export type Topic = (typeof topics)[number];

/** As they travel: a letter each. */
const letters: Record<Topic, string> = { mail: "m", lane: "l", mailbox: "b", test: "t", settings: "s" };

export const lettersOf = (changed: ReadonlySet<Topic>): string => [...changed].map((one) => letters[one]).join("");
export const topicsOf = (text: string): Topic[] => topics.filter((one) => text.includes(letters[one]));
