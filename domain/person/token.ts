// Random tokens and their hashes: the person holds the token, the database only its SHA-256.
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

export const newToken = (): string => randomBytes(32).toString("base64url");
export const hashOf = (token: string): Buffer => createHash("sha256").update(token).digest();
export const isToken = (text: unknown): text is string => typeof text === "string" && /^[\w-]{43}$/.test(text);

export const sameHash = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);

/** A code that people copy from a terminal: 16 signs of 30 that do not look alike, 78 bits. */
export function newCode(): string {
  const signs = "ABCDEFGHJKMNPQRSTVWXYZ23456789";
  const draw = () => {
    // 240 is the largest multiple of 30 in a byte: beyond it a sign would come up more often than others.
    for (;;) {
      const byte = randomBytes(1)[0] ?? 255;
      if (byte < 240) return signs[byte % 30] ?? "A";
    }
  };
  return [0, 1, 2, 3].map(() => [0, 1, 2, 3].map(draw).join("")).join("-");
}
