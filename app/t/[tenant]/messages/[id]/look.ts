// What a person asked to see of a mail, read after the look was noted.

import { BodyMissing, readBody, readHeader } from "@/domain/message/body";
import { noteLook } from "@/domain/message/journey";
import { hasHtml, type NoPreview, type Preview, previewLimits, previewMail } from "@/domain/message/preview";
import type { TenantScope } from "@/domain/scope";

export type Part = "text" | "html" | "headers" | "raw";
export const partOf = (asked: unknown): Part | null =>
  (["text", "html", "headers", "raw"] as const).find((one) => one === asked) ?? null;

export type Looked =
  | { kind: "gone" }
  | { kind: "html" }
  | { kind: "headers"; block: Buffer }
  | { kind: "raw"; text: string; cut: boolean }
  | { kind: "no-preview"; why: NoPreview; block: Buffer }
  | { kind: "text"; text: string; cut: boolean; html: boolean; attachments: Preview["attachments"] };

const rawShown = 128 * 1024;

export async function look(scope: TenantScope, id: string, part: Part): Promise<Looked> {
  // The frame's own route notes the look: it can be opened by itself.
  if (part === "html") return { kind: "html" };
  const mail = await noteLook(scope, id, "message.look");
  if (!mail) return { kind: "gone" };
  try {
    return await read(scope, mail.bodyId, part);
  } catch (error) {
    if (error instanceof BodyMissing) return { kind: "gone" };
    throw error;
  }
}

/** Whether a look at its HTML would show any; that alone is no look. */
export async function htmlThere(scope: TenantScope, mail: { bodyId: string; size: number }): Promise<boolean> {
  if (mail.size > previewLimits.octets) return false;
  try {
    return await hasHtml(scope, mail.bodyId);
  } catch (error) {
    if (error instanceof BodyMissing) return false;
    throw error;
  }
}

async function read(scope: TenantScope, bodyId: string, part: "text" | "headers" | "raw"): Promise<Looked> {
  if (part === "headers") return { kind: "headers", block: await readHeader(scope, bodyId) };
  if (part === "raw") return raw(scope, bodyId);
  const preview = await previewMail(scope, bodyId);
  if (typeof preview === "string") return { kind: "no-preview", why: preview, block: await readHeader(scope, bodyId) };
  const { text, textCut, html, attachments } = preview;
  return { kind: "text", text, cut: textCut, html: html !== null, attachments };
}

async function raw(scope: TenantScope, bodyId: string): Promise<Looked> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of readBody(scope, scope.tenantId, bodyId)) {
    parts.push(part);
    size += part.length;
    if (size > rawShown) break;
  }
  const bytes = Buffer.concat(parts);
  return { kind: "raw", text: bytes.subarray(0, rawShown).toString("utf8"), cut: bytes.length > rawShown };
}
