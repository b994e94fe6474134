// What a story sets up behind the portal's back: a company with people, by the owner's connection.
import { applyConfig } from "@/domain/config/apply";
import { readConfig } from "@/domain/config/read";
import { hashPassword } from "@/domain/person/password";
import { type Db, openDb } from "@/lib/db";
import { readPrivateKeys } from "@/lib/seal";
import type { Company } from "./fixtures";

export interface Owner {
  db: Db;
  /** imports a configuration file, as the command does */
  bringIn(text: string): Promise<void>;
  makeCompany(slug: string, password: string): Promise<Company>;
  close(): Promise<void>;
}

export function openOwner(url: string, keyFile: string): Owner {
  const db = openDb(url, 3);
  const bringIn = async (text: string) => {
    const read = readConfig(text);
    if (!read.ok) throw new Error(JSON.stringify(read.faults));
    const keys = await readPrivateKeys(keyFile);
    const options = { check: false, prune: false, stopped: false, keys, env: {}, now: new Date() };
    const applied = await applyConfig(db, read.file, options);
    if (!applied.ok) throw new Error(JSON.stringify(applied.faults));
  };
  return {
    db,
    bringIn,
    makeCompany: async (slug, password) => {
      const domain = `${slug}.example`;
      const roles = ["admin", "operator", "viewer"] as const;
      const members = roles.map((role) => `  - { email: ${role}@${domain}, tenant: ${slug}, role: ${role} }`);
      const name = `Company ${slug}`;
      await bringIn(`version: 1\ntenants:\n  - { slug: ${slug}, name: ${name}, timeZone: Europe/Berlin }\nmembers:\n${members.join("\n")}\n`);
      const passwordHash = await hashPassword(password);
      await db.prisma.person.updateMany({ where: { email: { endsWith: `@${domain}` } }, data: { passwordHash } });
      return { slug, name, domain, person: (role) => `${role}@${domain}` };
    },
    close: () => db.close(),
  };
}
