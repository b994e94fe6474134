// Turns text and attached headers into the bytes of a mail of Mailferry's own: CRLF, encoded headers, Auto-Submitted.
import MailComposer from "nodemailer/lib/mail-composer";
import { newMessageId, oneLine } from "./sender";

export interface OwnMail {
  /** becomes the Message-ID's left side */
  id: string;
  workerName: string;
  from: string;
  to: string[];
  subject: string;
  text: string;
  date: Date;
  /** header blocks of the mails it is about */
  attachedHeaders?: { name: string; header: Buffer }[];
}

export interface BuiltMail {
  bytes: Buffer;
  messageId: string;
}

/** RFC 3834 §5: auto-generated, so that no vacation answer and no other robot replies. */
export async function buildOwnMail(mail: OwnMail): Promise<BuiltMail> {
  const messageId = newMessageId(mail.id, mail.workerName);
  const composer = new MailComposer({
    from: { name: "Mailferry", address: mail.from },
    to: mail.to.map((address) => ({ name: "", address })),
    subject: oneLine(mail.subject, 150),
    messageId,
    date: mail.date,
    text: mail.text,
    headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
    attachments: (mail.attachedHeaders ?? []).map(({ name, header }) => ({
      filename: name,
      contentType: "text/rfc822-headers",
      contentTransferEncoding: "quoted-printable",
      content: header,
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: "windows",
  });
  const built = await composer.compile().build();
  return { bytes: crlf(built), messageId };
}

/** The builder writes CRLF; what it lets through from text is made so too, and the last line has its end. */
function crlf(bytes: Buffer): Buffer {
  const text = bytes.toString("latin1").replace(/\r\n|\r|\n/g, "\r\n");
  return Buffer.from(text.endsWith("\r\n") ? text : `${text}\r\n`, "latin1");
}
