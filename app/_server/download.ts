// Downloads: always saved, never shown, under a name that can't lie or lead elsewhere.
import { faultWords } from "./log";

/** A file's name for Content-Disposition (RFC 6266, 8187): no path, no control or direction-turning characters. */
export function attachmentHeader(name: string, fallback: string): string {
  const safe = safeName(name) || fallback;
  const ascii =
    safe
      .normalize("NFKD")
      .replace(/[^\x20-\x7e]+/g, "")
      .replace(/["\\%;]/g, "_")
      .trim() || fallback;
  const exact = encodeURIComponent(safe).replace(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${exact}`;
}

export const safeName = (name: string): string =>
  // By way of UTF-8, which has no half characters; then at most 120 whole ones.
  [...Buffer.from(name).toString()]
    .slice(0, 120)
    .join("")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/[/\\:*?"<>|]+/g, "_")
    .replace(/\s+/g, " ")
    .replace(/^[\s.]+|[\s.]+$/g, "")
    .trim();

export const downloadHeaders = (name: string, fallback: string, type = "application/octet-stream") => ({
  "content-type": type,
  "content-disposition": attachmentHeader(name, fallback),
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; sandbox",
  "cache-control": "private, no-store",
});

/**
 * A text that is made while the browser takes it. A fault breaks the download off, so that the browser calls it failed: a
 * part never looks like the whole.
 */
export function textStream(parts: AsyncGenerator<string, void, void>, where: string): ReadableStream<Uint8Array> {
  const text = new TextEncoder();
  let gone = false;
  return new ReadableStream<Uint8Array>({
    async pull(out) {
      try {
        const { done, value } = await parts.next();
        // It left while this part was read: nobody takes it, and that is no fault.
        if (gone) return;
        if (done) out.close();
        else out.enqueue(text.encode(value));
      } catch (error) {
        if (gone) return;
        faultWords(error, where);
        out.error(error);
      }
    },
    cancel: async () => {
      gone = true;
      await parts.return();
    },
  });
}
