// A mail as it is stored, as a file: streamed, and noted in the audit log before the first byte.
import { z } from "zod";
import { downloadHeaders } from "@/app/_server/download";
import { tenantRoute } from "@/app/_server/scope";
import { BodyMissing, readBody } from "@/domain/message/body";
import { noteLook } from "@/domain/message/journey";
import { Refusal } from "@/lib/errors";

export const GET = tenantRoute<{ tenant: string; id: string }>("message.body", async ({ scope }, _request, { id }) => {
  const mail = z.uuid().safeParse(id).success ? await noteLook(scope, id, "message.download") : null;
  if (!mail) return Response.json({ ok: false, message: "There is no such mail." }, { status: 404 });
  const chunks = readBody(scope, scope.tenantId, mail.bodyId);
  const first = await firstOf(chunks);
  const stream = new ReadableStream<Uint8Array>({
    start: (out) => {
      if (first) out.enqueue(first);
    },
    async pull(out) {
      const { done, value } = await chunks.next();
      if (done) out.close();
      else out.enqueue(value);
    },
    cancel: async () => {
      await chunks.return();
    },
  });
  return new Response(stream, { headers: downloadHeaders(`${mail.subject}.eml`, "mail.eml", "message/rfc822") });
});

/** Erased bytes are told as a sentence, not as an empty file. */
async function firstOf(chunks: AsyncGenerator<Buffer, void, void>): Promise<Buffer | null> {
  try {
    return (await chunks.next()).value ?? null;
  } catch (error) {
    if (error instanceof BodyMissing)
      throw new Refusal("The bytes of this mail are gone: they were kept as long as the settings of this tenant say.");
    throw error;
  }
}
