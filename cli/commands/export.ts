// export: the configuration of all active tenants, or of one, as YAML on standard output.
import { stringify } from "yaml";
import { exportConfig } from "@/domain/config/export";
import { privateKeyFile } from "@/lib/env";
import { Refusal } from "@/lib/errors";
import { readPrivateKeys } from "@/lib/seal";
import type { CommandContext } from "../command";

export async function exportCommand({ args, env, db, print, say }: CommandContext): Promise<number> {
  const slug = args.values.get("tenant");
  const opened = await db();
  if (slug && !(await opened.prisma.tenant.findUnique({ where: { slug } }))) {
    throw new Refusal(`There is no tenant “${slug}”. “mailferry status” lists them.`);
  }
  const withSecrets = args.switches.has("with-secrets");
  const keys = withSecrets ? await readPrivateKeys(privateKeyFile(env)) : undefined;
  if (withSecrets) say("This export holds passwords in clear: keep it where nobody else reads it.");
  print(stringify(await exportConfig(opened, { slug, keys }), { lineWidth: 0 }));
  return 0;
}
