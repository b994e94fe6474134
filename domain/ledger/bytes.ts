// Reading one stored body back: the bytes that would be sent, against the length and the hash that intake wrote down.
import { createHash } from "node:crypto";
import { BodyMissing, readBody } from "@/domain/message/body";
import type { TenantScope } from "@/domain/scope";

export interface StoredBody {
  bodyId: string;
  /** octets that were put in front; the hash is of what comes behind them */
  prefixLength: number;
  /** null: a notice or a test, made here; only its length is known */
  canonicalHash: Buffer | null;
}

export type Wrong = "erased" | "incomplete" | "length" | "changed" | "unreadable";

export interface Checked {
  octets: number;
  wrong: Wrong | null;
}

/** Chunk by chunk, as delivery reads it. Null: told to stop, or the body went with its mail meanwhile. */
export async function checkBody(scope: TenantScope, body: StoredBody, stopping?: AbortSignal): Promise<Checked | null> {
  const hash = createHash("sha256");
  let octets = 0;
  try {
    for await (const chunk of readBody(scope, scope.tenantId, body.bodyId)) {
      if (stopping?.aborted) return null;
      const inFront = Math.min(chunk.length, Math.max(0, body.prefixLength - octets));
      hash.update(chunk.subarray(inFront));
      octets += chunk.length;
    }
  } catch (error) {
    const wrong = wrongOf(error);
    return wrong && { octets, wrong };
  }
  const whole = !body.canonicalHash || (octets >= body.prefixLength && hash.digest().equals(body.canonicalHash));
  return { octets, wrong: whole ? null : "changed" };
}

function wrongOf(error: unknown): Wrong | null {
  if (error instanceof BodyMissing) {
    switch (error.why) {
      case "damaged":
        return "length";
      case "erased":
      case "incomplete":
        return error.why;
      case "missing":
        return null;
    }
  }
  // Classes XX and 58 of SQLSTATE: a page, an index or a toasted value that Postgres itself finds broken, or a disk that
  // can't be read. Anything else is a fault of ours or of the connection and proves nothing about the bytes.
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  if (/^(XX|58)/.test(code)) return "unreadable";
  throw error;
}
