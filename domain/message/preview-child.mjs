// Reads one mail for the preview, in a process of its own: the portal starts it with little memory and ends it when it
// takes too long. Mail comes in at stdin; one JSON line goes out. Plain JavaScript, since nothing compiles it.
import { simpleParser } from "mailparser";

const most = {
  parts: 200,
  depth: 20,
  header: 256 * 1024,
  text: 512 * 1024,
  html: 1024 * 1024,
  name: 200,
  attachments: 200,
};
const [, , wanted = "show"] = process.argv;

/** What a preview never needs: with it gone nothing can be fetched even where a browser forgets its sandbox. */
const unwanted =
  /<(?=\/?(?:script|link|meta|base|iframe|frame|frameset|object|embed|applet|form|portal|fencedframe|template)\b)/gi;

async function input() {
  const parts = [];
  for await (const part of process.stdin) parts.push(part);
  return Buffer.concat(parts);
}

const marks = /^--([^\r\n]{1,200})|boundary\s*\*?\d*\*?=\s*(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))/gim;

/** Throws before anything is decoded where the parts would be too many or too deep. */
function checkShape(mail) {
  const open = [];
  let parts = 0;
  for (const [, delimiter, quoted, plain] of mail.toString("latin1").matchAll(marks)) {
    if (delimiter === undefined) open.push((quoted ?? plain).trim());
    else {
      const name = delimiter.trimEnd();
      const part = open.lastIndexOf(name);
      const end = name.endsWith("--") ? open.lastIndexOf(name.slice(0, -2)) : -1;
      if (part >= 0) {
        open.length = part + 1;
        parts += 1;
      } else if (end >= 0) open.length = end;
    }
    if (parts > most.parts || open.length > most.depth) throw new TooMuch();
  }
}

class TooMuch extends Error {}

const line = (text, bound) =>
  String(text ?? "")
    // Control characters and those that turn the direction of writing: a file name must not lie.
    .replace(/[\p{Cc}\p{Cf}]+/gu, " ")
    .trim()
    .slice(0, bound);

async function read() {
  const mail = await input();
  checkShape(mail);
  const parsed = await simpleParser(mail, {
    skipImageLinks: true,
    skipHtmlToText: false,
    skipTextToHtml: true,
    maxHtmlLengthToParse: most.html,
    maxHeadSize: most.header,
    maxChildNodes: most.parts,
  });
  const files = parsed.attachments.slice(0, most.attachments);
  if (wanted !== "show") {
    const file = files[Number(wanted)];
    return file
      ? { name: line(file.filename, most.name), content: file.content.toString("base64") }
      : { missing: true };
  }
  return {
    text: String(parsed.text ?? "")
      .replaceAll("\0", "")
      .slice(0, most.text),
    textCut: String(parsed.text ?? "").length > most.text,
    html: parsed.html ? parsed.html.slice(0, most.html).replace(unwanted, "<x-") : null,
    attachments: files.map((file, n) => ({
      n,
      name: line(file.filename, most.name),
      type: line(file.contentType, 100),
      size: file.size,
    })),
  };
}

let answer;
try {
  answer = await read();
} catch (error) {
  const big = error instanceof TooMuch || error?.code === "EMAXLEN";
  answer = { fault: big ? "too-much" : "unreadable" };
}
process.stdout.write(JSON.stringify(answer), () => process.exit(0));
