// Reading one stored body back: the bytes that would be sent, against the length and the hash that intake wrote down.
import { BodyMissing } from "@/domain/message/body";
import { BodyChanged, readProved, type StoredBody } from "@/domain/message/body-proof";
import type { TenantScope } from "@/domain/scope";

export type Wrong = "erased" | "incomplete" | "length" | "changed" | "unreadable";

export interface Checked {
  octets: number;
  wrong: Wrong | null;
}

/** Chunk by chunk, as delivery reads it. Null: told to stop, or the body went with its mail meanwhile. */
export async function checkBody(scope: TenantScope, body: StoredBody, stopping?: AbortSignal): Promise<Checked | null> {
  let octets = 0;
  try {
    for await (const chunk of readProved(scope, scope.tenantId, body)) {
      if (stopping?.aborted) return null;
      octets += chunk.length;
    }
  } catch (error) {
    const wrong = wrongOf(error);
    return wrong && { octets, wrong };
  }
  return { octets, wrong: null };
}

/** Null: the body went with its mail meanwhile. Throws what proves nothing about the bytes. */
export function wrongOf(error: unknown): Wrong | null {
  if (error instanceof BodyChanged) return "changed";
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
