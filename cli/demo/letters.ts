// Mail for the demo: plausible business mail between role addresses, in the shapes that real mail has.

const senders = [
  "orders@supplier.example",
  "newsletter@trade-fair.example",
  "support@printers.example",
  "billing@telephone.example",
  "bookings@travel.example",
  "no-reply@parcel.example",
  "jobs@recruiting.example",
];

const subjects = [
  "Order confirmation",
  "Your parcel is on its way",
  "Invoice for November",
  "Appointment on Thursday",
  "Question about your offer",
  "Minutes of our call",
  "Delivery note",
  "Grüße aus Köln: Angebot für Büromöbel",
  "Re: Service contract",
];

const paragraph =
  "Thank you for your message. Please find the details below; reply to this mail if anything is missing.\r\n" +
  ".A line that begins with a dot, as text does now and then.\r\n" +
  "Kind regards\r\n";

let count = 0;

export interface Letter {
  to: string;
  subject?: string;
  /** octets of padding, for larger mail */
  size?: number;
}

/** The bytes of one mail as a provider stores it, with its Return-Path and Delivered-To in front. */
export function letter({ to, subject, size = 0 }: Letter, now: Date): Buffer {
  count += 1;
  const from = senders[count % senders.length] ?? "orders@supplier.example";
  const title = `${subject ?? subjects[count % subjects.length]}${subject ? "" : ` ${1000 + count}`}`;
  const encoded = [...title].every((sign) => sign.charCodeAt(0) < 128)
    ? title
    : `=?utf-8?B?${Buffer.from(title).toString("base64")}?=`;
  const domain = from.split("@")[1];
  const when = now.toUTCString().replace("GMT", "+0000");
  const padding = `${"0123456789abcdef".repeat(4)}\r\n`.repeat(Math.ceil(size / 66));
  return Buffer.from(
    [
      `Return-Path: <${from}>`,
      `Delivered-To: ${to}`,
      `Received: from mail.${domain} (mail.${domain} [192.0.2.25]) by mx.provider.example with ESMTPS for <${to}>; ${when}`,
      `From: ${from}`,
      `To: ${to}`,
      `Subject: ${encoded}`,
      `Date: ${when}`,
      `Message-ID: <${now.getTime()}.${count}@${domain}>`,
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8",
      "",
      `${paragraph}${padding}`,
    ].join("\r\n"),
  );
}
