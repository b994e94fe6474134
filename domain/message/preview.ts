// Preview: a mail is MIME-parsed in a child process with limits of memory, time, size, parts and depth, never here and
// never on its way. What the child can't do in bounds is shown as headers and offered as a download.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";
import type { TenantScope } from "@/domain/scope";
import { readBody } from "./body";

export const previewLimits = { octets: 2 * 1024 * 1024, ms: 5000, answer: 8 * 1024 * 1024, atOnce: 2, memoryMb: 128 };

const shown = z.object({
  text: z.string(),
  textCut: z.boolean(),
  html: z.string().nullable(),
  attachments: z.array(z.object({ n: z.number(), name: z.string(), type: z.string(), size: z.number() })),
});
const file = z.object({ name: z.string(), content: z.string() });
const fault = z.object({ fault: z.enum(["too-much", "unreadable"]) });

export type Preview = z.infer<typeof shown>;
/** Why there is none: too large for it, too many or too deep parts (or too slow), or no MIME that can be read. */
export type NoPreview = "too-large" | "too-much" | "unreadable";

export async function previewMail(scope: TenantScope, bodyId: string): Promise<Preview | NoPreview> {
  const mail = await smallBody(scope, bodyId);
  return mail ? previewBytes(mail) : "too-large";
}

export async function previewBytes(mail: Buffer): Promise<Preview | NoPreview> {
  const answer = await parseApart(mail, "show");
  const found = shown.safeParse(answer);
  return found.success ? found.data : faultOf(answer);
}

/** Whether some part says that it is HTML; nothing is taken apart for it. */
export async function hasHtml(scope: TenantScope, bodyId: string): Promise<boolean> {
  const mail = await smallBody(scope, bodyId);
  return mail !== null && saysHtml(mail);
}

export const saysHtml = (mail: Buffer): boolean => /^content-type:\s*text\/html\b/im.test(mail.toString("latin1"));

export interface AttachmentFile {
  name: string;
  content: Buffer;
}

/** Null: there is no such attachment. */
export async function readAttachment(
  scope: TenantScope,
  bodyId: string,
  n: number,
): Promise<AttachmentFile | NoPreview | null> {
  const mail = await smallBody(scope, bodyId);
  return mail ? attachmentOf(mail, n) : "too-large";
}

export async function attachmentOf(mail: Buffer, n: number): Promise<AttachmentFile | NoPreview | null> {
  const answer = await parseApart(mail, String(n));
  const found = file.safeParse(answer);
  if (found.success) return { name: found.data.name, content: Buffer.from(found.data.content, "base64") };
  return fault.safeParse(answer).success || answer === null ? faultOf(answer) : null;
}

const faultOf = (answer: unknown): NoPreview => {
  const found = fault.safeParse(answer);
  return found.success ? found.data.fault : "too-much";
};

async function smallBody(scope: TenantScope, bodyId: string): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of readBody(scope, scope.tenantId, bodyId)) {
    size += part.length;
    if (size > previewLimits.octets) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

// A few at a time for the whole portal: each child may take as much memory as the limit says.
let running = 0;
const waiting: (() => void)[] = [];

/** What the child said, or null when it said nothing in time, too much, or died. */
async function parseApart(mail: Buffer, wanted: string): Promise<unknown> {
  if (running >= previewLimits.atOnce) await new Promise<void>((go) => waiting.push(go));
  else running += 1;
  try {
    return await runChild(mail, wanted);
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

function runChild(mail: Buffer, wanted: string): Promise<unknown> {
  const script = join(/*turbopackIgnore: true*/ process.cwd(), "domain/message/preview-child.mjs");
  // An environment of its own: neither the database's address nor any secret is in reach of what reads strangers' bytes.
  const child = spawn(process.execPath, [`--max-old-space-size=${previewLimits.memoryMb}`, script, wanted], {
    env: { NODE_ENV: "production" },
    stdio: ["pipe", "pipe", "ignore"],
  });
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let size = 0;
    const end = () => child.kill("SIGKILL");
    const late = setTimeout(end, previewLimits.ms);
    child.stdout.on("data", (part: Buffer) => {
      size += part.length;
      if (size > previewLimits.answer) end();
      else parts.push(part);
    });
    // It may die before it has read everything.
    child.stdin.on("error", () => {});
    child.stdin.end(mail);
    child.on("error", () => resolve(null));
    child.on("close", (code) => {
      clearTimeout(late);
      resolve(code === 0 && size <= previewLimits.answer ? parsed(Buffer.concat(parts)) : null);
    });
  });
}

function parsed(answer: Buffer): unknown {
  try {
    return JSON.parse(answer.toString("utf8"));
  } catch {
    return null;
  }
}
