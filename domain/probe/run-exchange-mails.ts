// The mails that a test of an Exchange server sends. Each says what it is, so that nobody who finds one has to ask.
import { randomBytes, randomUUID } from "node:crypto";
import { type BuiltMail, buildOwnMail } from "@/domain/notice/build";
import { timeIn } from "@/domain/notice/sender";
import { domainOf } from "./run-exchange-case";

export interface TestMail extends BuiltMail {
  /** envelope sender; "" is the null sender */
  sender: string;
  recipient: string;
}

export interface TestMailFacts {
  postmaster: string;
  mailFrom: string;
  workerName: string;
  tenantName: string;
  timeZone: string;
  requestedBy: string;
  /** the button, by its name */
  pressed: "Test settings" | "Send a test notice";
  /** six digits, in the subject of the mail that travels like a notice, and nowhere else */
  code: string;
  now: Date;
}

const about = (facts: TestMailFacts) =>
  `It was sent on ${timeIn(facts.now, facts.timeZone)} for ${facts.tenantName}, because ${facts.requestedBy} pressed “${facts.pressed}” in Mailferry. You can delete it.`;

/** As notices travel: null sender, to the postmaster of the form. */
export const noticeLikeMail = (facts: TestMailFacts): Promise<TestMail> =>
  made(facts, "", facts.postmaster, {
    subject: `Code ${facts.code.slice(0, 3)} ${facts.code.slice(3)}: Mailferry test 1 of 2, a mail like a notice`,
    text: `This is a test. Notices to the postmaster travel exactly like this mail: with an empty sender.\n\nType the code at the beginning of its subject on the page where the test was made. It confirms that notices are read here.\n\n${about(facts)}\n`,
  });

/** The same to somebody who is told beside the postmaster; the code is the postmaster's alone. */
export const receiverMail = (facts: TestMailFacts, address: string): Promise<TestMail> =>
  made(facts, "", address, {
    subject: "Mailferry test: you are told of this company's mail",
    text: `This is a test. Somebody added this address to those that Mailferry sends notices to. They travel exactly like this mail.\n\n${about(facts)}\n`,
  });

/** As collected mail travels: an outside sender in envelope and From. */
export const collectedLikeMail = (facts: TestMailFacts): Promise<TestMail> =>
  made(facts, facts.mailFrom, facts.postmaster, {
    subject: "Mailferry test 2 of 2: a mail like a collected one",
    text: `This is a test. Collected mail travels exactly like this mail: with a sender from outside your company.\n\n${about(facts)}\n`,
  });

/** To an address that surely doesn't exist; the null sender keeps a bounce from following. */
export const unknownAddressMail = (facts: TestMailFacts): Promise<TestMail> =>
  made(facts, "", `mailferry-test-${randomBytes(6).toString("hex")}@${domainOf(facts.postmaster)}`, {
    subject: "Mailferry test: does this server refuse unknown addresses?",
    text: `This is a test. It goes to an address that does not exist, to see whether Exchange refuses it.\n\n${about(facts)}\n`,
  });

async function made(
  { mailFrom, workerName, now }: TestMailFacts,
  sender: string,
  recipient: string,
  { subject, text }: { subject: string; text: string },
): Promise<TestMail> {
  const built = await buildOwnMail({
    id: randomUUID(),
    workerName,
    from: mailFrom,
    to: [recipient],
    subject,
    text,
    date: now,
  });
  return { ...built, sender, recipient };
}
