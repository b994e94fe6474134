// Encoded words (RFC 2047): "=?utf-8?Q?Gr=C3=BC=C3=9Fe?=" → "Grüße". Unreadable ones stay as they are.

const bound = 64 * 1024;
// Spaces inside are against the RFC and common. No part can cross a "?", so matching stays linear.
const word = /=\?([^?\s]{1,64})\?([bq])\?([^?\r\n]*)\?=/gi;

const c1 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

interface Run {
  charset: string;
  bytes: Buffer[];
}

/** Adjacent words of one charset are decoded together: rude mailers cut characters in half between them. */
export function decodeWords(text: string): string {
  const input = text.slice(0, bound);
  if (!input.includes("=?")) return input;
  let out = "";
  let at = 0;
  let run: Run | null = null;
  for (const match of input.matchAll(word)) {
    const between = input.slice(at, match.index);
    const charset = (match[1] ?? "").replace(/\*.*$/, "").toLowerCase();
    if (run && (between.trim() !== "" || run.charset !== charset)) {
      out += decoded(run);
      run = null;
      if (between.trim() !== "") out += between;
    } else if (!run && (at === 0 || between.trim() !== "")) out += between;
    run ??= { charset, bytes: [] };
    run.bytes.push(bytesOf(match[2] ?? "", match[3] ?? ""));
    at = match.index + match[0].length;
  }
  if (run) out += decoded(run);
  return out + input.slice(at);
}

const bytesOf = (encoding: string, text: string): Buffer =>
  encoding.toLowerCase() === "b" ? Buffer.from(text, "base64") : quoted(text);

const quoted = (text: string): Buffer =>
  Buffer.from(
    text
      .replaceAll("_", " ")
      .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );

function decoded({ charset, bytes }: Run): string {
  const all = Buffer.concat(bytes);
  try {
    const decoder = new TextDecoder(charset);
    const text = decoder.decode(all);
    // Some Node versions read windows-1252 as Latin-1.
    return decoder.encoding === "windows-1252"
      ? text.replace(/[\x80-\x9f]/g, (c) => c1[c.charCodeAt(0) - 128] ?? c)
      : text;
  } catch {
    return all.toString("latin1");
  }
}
