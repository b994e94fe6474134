// One attachment as a file: saved, never shown, of no type that a browser would open.
import { z } from "zod";
import { downloadHeaders } from "@/app/_server/download";
import { tenantRoute } from "@/app/_server/scope";
import { noteLook } from "@/domain/message/journey";
import { readAttachment } from "@/domain/message/preview";

interface Params extends Record<string, string> {
  tenant: string;
  id: string;
  n: string;
}

const missing = () => Response.json({ ok: false, message: "There is no such attachment." }, { status: 404 });

export const GET = tenantRoute<Params>("message.body", async ({ scope }, _request, { id, n }) => {
  if (!z.uuid().safeParse(id).success || !/^\d{1,3}$/.test(n)) return missing();
  const mail = await noteLook(scope, id, "message.download");
  const file = mail && (await readAttachment(scope, mail.bodyId, Number(n)));
  if (!file || typeof file === "string") return missing();
  return new Response(new Uint8Array(file.content), { headers: downloadHeaders(file.name, `attachment-${n}.bin`) });
});
