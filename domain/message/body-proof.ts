// Proving a body while it is read: what stands behind the lines that were put in front still has the hash that was written
// down when it came. Delivery and the ledger job read through here.
import { createHash } from "node:crypto";
import type { TenantScope } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { readBody } from "./body";

export interface StoredBody {
  bodyId: string;
  /** octets that were put in front; the hash is of what comes behind them */
  prefixLength: number;
  /** null: a notice of an earlier version, which wrote none down; only its length is known */
  canonicalHash: Buffer | null;
  /** all of it, where somebody has read it already */
  bytes?: Buffer | null;
}

/** The length is right and the bytes are not. */
export class BodyChanged extends Error {
  constructor(readonly octets: number) {
    super("the stored bytes of this mail were changed");
    this.name = "BodyChanged";
  }
}

/** As `readBody`, and throws BodyChanged behind the last byte: whoever sends it must not say then that it ends there. */
export async function* readProved(
  source: Db | TenantScope,
  tenantId: string,
  { bodyId, prefixLength, canonicalHash, bytes }: StoredBody,
): AsyncGenerator<Buffer, void, void> {
  const hash = createHash("sha256");
  let octets = 0;
  for await (const chunk of bytes ? [bytes] : readBody(source, tenantId, bodyId)) {
    const inFront = Math.min(chunk.length, Math.max(0, prefixLength - octets));
    if (canonicalHash) hash.update(chunk.subarray(inFront));
    octets += chunk.length;
    yield chunk;
  }
  if (!canonicalHash) return;
  if (octets < prefixLength || !hash.digest().equals(canonicalHash)) throw new BodyChanged(octets);
}
