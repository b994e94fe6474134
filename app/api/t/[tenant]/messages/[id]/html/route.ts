// A mail's HTML for the sandboxed frame of its page: nothing in it runs, and nothing is fetched for it.
import { z } from "zod";
import { tenantRoute } from "@/app/_server/scope";
import { BodyMissing } from "@/domain/message/body";
import { noteLook } from "@/domain/message/journey";
import { previewMail } from "@/domain/message/preview";

const headers = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox",
  "x-content-type-options": "nosniff",
  "x-dns-prefetch-control": "off",
  "referrer-policy": "no-referrer",
  "cache-control": "private, no-store",
};
/** Black on white in both themes: mail is written for paper. */
const page = (html: string) =>
  `<!doctype html><meta charset="utf-8"><title>Mail</title><style>html{background:#fff;color:#111;font:14px/1.5 sans-serif}body{margin:16px;overflow-wrap:anywhere}img{display:none}</style>${html}`;

export const GET = tenantRoute<{ tenant: string; id: string }>("message.body", async ({ scope }, _request, { id }) => {
  const mail = z.uuid().safeParse(id).success ? await noteLook(scope, id, "message.look") : null;
  if (!mail) return Response.json({ ok: false, message: "There is no such mail." }, { status: 404 });
  const preview = await previewMail(scope, mail.bodyId).catch((error: unknown) => {
    if (error instanceof BodyMissing) return "unreadable" as const;
    throw error;
  });
  const html = typeof preview === "string" ? null : preview.html;
  return new Response(page(html ?? "<p>There is no HTML to show.</p>"), { headers });
});
