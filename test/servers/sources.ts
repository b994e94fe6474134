// What tests of sources share: settings, reading a whole session, and mails that are easily spoilt.
import { type Fetched, type Listed, SourceFault, type SourceSession, type SourceSettings } from "@/mail/source";
import type { WireEvent } from "@/mail/wire";

export const settingsFor = (
  protocol: "pop3" | "imap",
  port: number,
  more: Partial<SourceSettings> = {},
): SourceSettings => ({
  protocol,
  host: "localhost",
  address: "127.0.0.1",
  port,
  tls: "off",
  wish: { certificate: "system", name: "localhost", oldest: "1.2" },
  username: "info",
  password: "secret",
  folder: "INBOX",
  timeoutMs: 10_000,
  ...more,
});

/** Whole bodies, or the sentences of what could not be had. */
export async function fetchAll(session: SourceSession, mails: Listed[]): Promise<(Buffer | string)[]> {
  const found: (Buffer | string)[] = [];
  for await (const item of session.fetch(mails)) found.push("fault" in item ? item.fault.message : await bytesOf(item));
  return found;
}

export async function bytesOf({ bytes }: Fetched): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of bytes) parts.push(part);
  return Buffer.concat(parts);
}

export async function peekAll(session: SourceSession, mails: Listed[]): Promise<(Buffer | string)[]> {
  const found: (Buffer | string)[] = [];
  for await (const item of session.peek(mails)) found.push("fault" in item ? item.fault.message : item.header);
  return found;
}

export async function faultOf(work: Promise<unknown>): Promise<SourceFault> {
  const error = await work.then(
    () => new Error("no fault"),
    (thrown: unknown) => thrown,
  );
  if (error instanceof SourceFault) return error;
  throw error;
}

/** What people would see of a conversation. */
export function listener(): { onWire: (event: WireEvent) => void; text: () => string } {
  const events: WireEvent[] = [];
  return {
    onWire: (event) => events.push(event),
    text: () => events.map(({ kind, text }) => `${kind}: ${text}`).join("\n"),
  };
}

const header = "Return-Path: <a@x.example>\r\nFrom: A <a@x.example>\r\nTo: info@contoso.example\r\nSubject: x\r\n";
const text = (body: string) => Buffer.from(body, "latin1");

/** CRLF line ends and a last line end: what every server must hand out as it is. */
export const plainMails: Record<string, Buffer> = {
  ordinary: text(`${header}Message-ID: <1@x.example>\r\n\r\nHello\r\n`),
  "8-bit": text(`${header}\r\nGr\xc3\xbc\xc3\x9fe, Latin-1 too: \xfc\xdf\xff\x80\r\n`),
  dots: text(`${header}\r\n.\r\n..\r\n...\r\n. \r\n.x\r\n\r\n.\r\n`),
  "long line": text(`${header}\r\n${"x".repeat(2_000_000)}\r\n`),
  "no body": text(`${header}\r\n`),
  "long header": text(`${header}X-Long: ${"y".repeat(300_000)}\r\n\r\nz\r\n`),
  large: text(
    `${`${header}\r\n${"0123456789".repeat(7)}\r\n`.padEnd(200, " ")}\r\n${`${"abc.".repeat(18)}\r\n`.repeat(40_000)}`,
  ),
};

/** What only some servers keep as it is. */
export const roughMails: Record<string, Buffer> = {
  "bare LF": text(`${header}\r\na\nb\n.\n..\nc\r\n`),
  "bare CR": text(`${header}\r\na\rb\r.\r\r\n`),
  NUL: text(`${header}\r\na\0b\0\r\n`),
};
