// Opening a mailbox at its provider: the password out of its seal, the host resolved once and checked. Polls and tests
// come through here, so that a test proves what a poll will do.
import type { MailboxSettings } from "@/domain/mailbox/schema";
import { HostFault, resolveAllowed } from "@/mail/network";
import { openSource } from "@/mail/open-source";
import { type OpenOptions, SourceFault, type SourceSession } from "@/mail/source";
import { dialPolicy } from "./own-doors";
import type { WorkerContext } from "./room";

export type Reachable = Pick<
  MailboxSettings,
  "protocol" | "host" | "port" | "tls" | "certificate" | "username" | "folder" | "timeoutSeconds"
>;

export async function openMailbox(
  context: WorkerContext,
  settings: Reachable,
  password: string,
  options: OpenOptions,
): Promise<SourceSession> {
  const { address } = await resolved(context, settings);
  return openSource(
    {
      protocol: settings.protocol,
      host: settings.host,
      address,
      port: settings.port,
      tls: settings.tls,
      wish: { certificate: settings.certificate, name: settings.host, oldest: "1.2" },
      username: settings.username,
      password,
      folder: settings.folder,
      timeoutMs: settings.timeoutSeconds * 1000,
    },
    options,
  );
}

async function resolved(context: WorkerContext, { host, port }: Reachable) {
  try {
    return await resolveAllowed(host, await dialPolicy(context.env), { port });
  } catch (error) {
    if (!(error instanceof HostFault)) throw error;
    throw new SourceFault(error.kind === "refused" ? "protocol" : "unreachable", error.message, "", { field: "host" });
  }
}
