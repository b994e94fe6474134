// What a story sets up behind the portal's back: a company with people, by the owner's connection.

import { randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "next-auth/jwt";
import type { Role } from "@/domain/access";
import { applyConfig } from "@/domain/config/apply";
import { readConfig } from "@/domain/config/read";
import { hashPassword } from "@/domain/person/password";
import { beginSession } from "@/domain/person/session";
import { tenantPolicy } from "@/domain/retention/platform";
import { type Db, openDb } from "@/lib/db";
import { readPrivateKeys } from "@/lib/seal";
import { tidyTenant } from "@/worker/tidy";
import type { Company } from "./fixtures";

export interface Owner {
  db: Db;
  /** imports a configuration file, as the command does */
  bringIn(text: string): Promise<void>;
  makeCompany(slug: string, password: string): Promise<Company>;
  /** a person with this role in all companies; answers the e-mail address */
  makePlatformPerson(role: Role, password: string): Promise<string>;
  /** what the worker tidies of this tenant when the clock says so; of no other, since all stories share the installation */
  tidy(slug: string, now: Date): Promise<void>;
  /** the cookie that a sign-in of this person would have given */
  cookieOf(email: string): Promise<{ name: string; value: string }>;
  close(): Promise<void>;
}

export function openOwner(url: string, folder: string): Owner {
  const db = openDb(url, 3);
  const bringIn = async (text: string) => {
    const read = readConfig(text);
    if (!read.ok) throw new Error(JSON.stringify(read.faults));
    const keys = await readPrivateKeys(join(folder, "private.key"));
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
      await bringIn(
        `version: 1\ntenants:\n  - { slug: ${slug}, name: ${name}, timeZone: Europe/Berlin }\nmembers:\n${members.join("\n")}\n`,
      );
      const passwordHash = await hashPassword(password);
      await db.prisma.person.updateMany({ where: { email: { endsWith: `@${domain}` } }, data: { passwordHash } });
      return { slug, name, domain, person: (role) => `${role}@${domain}` };
    },
    makePlatformPerson: async (role, password) => {
      const email = `${role}-${randomBytes(4).toString("hex")}@provider.example`;
      await db.prisma.person.create({
        data: { email, platformRole: role, passwordHash: await hashPassword(password) },
      });
      return email;
    },
    tidy: async (slug, now) => {
      const { id } = await db.prisma.tenant.findUniqueOrThrow({ where: { slug } });
      const policy = await tenantPolicy(db, id, now);
      if (!policy) throw new Error(`no tenant ${slug}`);
      await tidyTenant(
        { db, workerId: randomUUID(), name: "story", stopping: new AbortController().signal },
        policy,
        now,
      );
    },
    cookieOf: async (email) => {
      const { id } = await db.prisma.person.findUniqueOrThrow({ where: { email } });
      const session = await beginSession(db, id, { address: "127.0.0.1", agent: "story" }, new Date());
      const secret = readFileSync(join(folder, "nextauth.secret"), "utf8").trim();
      return { name: "mailferry-session", value: await encode({ token: { session }, secret }) };
    },
    close: () => db.close(),
  };
}
