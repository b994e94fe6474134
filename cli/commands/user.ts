// user add: a person, or a role for one. The password from MAILFERRY_PASSWORD, or asked for on the terminal.
import { type Role, roles } from "@/domain/access";
import { writeAudit } from "@/domain/audit/write";
import { keepPlatformAdmin, keepTenantAdmin } from "@/domain/person/last-admin";
import { hashPassword, passwordFault } from "@/domain/person/password";
import { email as emailText } from "@/domain/person/schema";
import { removeFactorsOf } from "@/domain/platform/second-factor";
import { sqlOfPrisma, type Tx } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import type { Db } from "@/lib/db";
import { Refusal } from "@/lib/errors";
import type { Person } from "@/prisma/client/client";
import { askSecret } from "../ask";
import type { CommandContext } from "../command";

export async function userCommand({ args, env, db, print }: CommandContext): Promise<number> {
  const [verb] = args.words;
  if (verb !== "add" && verb !== "remove-second-factor") throw new Refusal(usage);
  const parsed = emailText.safeParse(args.words[1]);
  if (!parsed.success) throw new Refusal(parsed.error.issues[0]?.message ?? "That is no e-mail address.");
  const email = parsed.data;
  if (verb === "remove-second-factor") return removeFactors(await db(), email, print);
  const platform = roleOf("platform", args.values.get("platform"));
  const slug = args.values.get("tenant");
  const role = roleOf("role", args.values.get("role"));
  if ((slug === undefined) !== (role === undefined)) throw new Refusal("--tenant and --role go together.");
  const opened = await db();
  const tenant = slug === undefined ? null : await opened.prisma.tenant.findUnique({ where: { slug } });
  if (slug !== undefined && !tenant) throw new Refusal(`There is no tenant “${slug}”. “mailferry status” lists them.`);
  const before = await opened.prisma.person.findUnique({ where: { email } });
  // A password that an administrator of another company may know is none for what is given here.
  const seen = before?.passwordSeenIn ?? null;
  const good = before?.passwordHash && (seen === null || (!platform && seen === tenant?.id));
  const password =
    env.MAILFERRY_PASSWORD ||
    (good ? "" : await askSecret("Password", "No password given: type one, or set MAILFERRY_PASSWORD."));
  const fault = password ? passwordFault(password, { email, name: before?.name ?? "" }) : null;
  if (fault) throw new Refusal(fault);
  const passwordHash = password ? await hashPassword(password) : undefined;
  await store(opened, { email, platform, passwordHash, tenantId: tenant?.id, role });
  const what = [
    platform && `platform ${platform}`,
    role && `${role} of ${slug}`,
    passwordHash && "password set",
  ].filter(Boolean);
  print(`${email}: ${before ? "changed" : "added"}${what.length ? `, ${what.join(", ")}` : ""}.\n`);
  return 0;
}

const usage =
  "Usage: mailferry user add EMAIL [--platform ROLE] [--tenant SLUG --role ROLE], or mailferry user remove-second-factor EMAIL";

/** For the last administrator who lost phone, passkeys and recovery codes. */
async function removeFactors(db: Db, email: string, print: (text: string) => void): Promise<number> {
  const person = await db.prisma.person.findUnique({ where: { email } });
  if (!person) throw new Refusal(`Nobody has the address ${email}.`);
  const scope = { db, personId: null, name: "command line", role: "admin" } as const;
  await removeFactorsOf(scope, person.id, new Date());
  print(`${email}: second factors removed and sessions ended; the password alone signs in.\n`);
  return 0;
}

function roleOf(flag: string, text: string | undefined): Role | undefined {
  if (text === undefined) return undefined;
  const found = roles.find((role) => role === text);
  if (!found) throw new Refusal(`--${flag} is “${text}”: it is one of admin, operator, viewer.`);
  return found;
}

interface Wanted {
  email: string;
  platform: Role | undefined;
  passwordHash: string | undefined;
  tenantId: string | undefined;
  role: Role | undefined;
}

async function store(db: Db, wanted: Wanted): Promise<void> {
  const { email, platform, passwordHash } = wanted;
  const data = {
    ...(platform ? { platformRole: platform } : {}),
    ...(passwordHash ? { passwordHash, passwordSeenIn: null } : {}),
  };
  await db.prisma.$transaction(async (tx) => {
    const before = await tx.person.findUnique({ where: { email } });
    if (before) await keepAdmins(tx, before.id, wanted);
    const person = await tx.person.upsert({ where: { email }, create: { email, ...data }, update: data });
    // Whoever sets a password from the command line means to replace the old one: its sessions end.
    if (passwordHash) await tx.session.deleteMany({ where: { personId: person.id } });
    // Nor does a link that others saw open what is given here.
    await tx.oneTimeLink.updateMany({
      where: { personId: person.id, usedAt: null, ...(passwordHash ? {} : { seenIn: { not: null } }) },
      data: { usedAt: new Date() },
    });
    await notePerson(tx, before, wanted);
    await giveRole(tx, db, person.id, wanted);
  });
}

async function keepAdmins(tx: Tx, personId: string, { platform, tenantId, role }: Wanted): Promise<void> {
  if (tenantId && role && role !== "admin") await keepTenantAdmin(sqlOfPrisma(tx), tenantId, personId);
  if (platform && platform !== "admin") await keepPlatformAdmin(sqlOfPrisma(tx), personId);
}

async function notePerson(tx: Tx, before: Person | null, { email, platform, passwordHash }: Wanted): Promise<void> {
  const given = platform !== undefined && platform !== before?.platformRole;
  if (before && !given && !passwordHash) return;
  const changes = {
    ...(given ? { role: { from: before?.platformRole ?? null, to: platform } } : {}),
    ...(passwordHash ? { password: "changed" } : {}),
  };
  const action = before ? (given ? "person.role" : "person.password") : "person.add";
  await tx.platformAudit.create({ data: { who: "command line", action, target: email, changes } });
}

async function giveRole(tx: Tx, db: Db, personId: string, { email, tenantId, role }: Wanted): Promise<void> {
  if (!tenantId || !role) return;
  const key = { tenantId_personId: { tenantId, personId } };
  const before = await tx.membership.findUnique({ where: key });
  if (before?.role === role) return;
  await tx.membership.upsert({ where: key, create: { tenantId, personId, role }, update: { role } });
  await writeAudit(tx, mintScope(db, tenantId, { kind: "command", name: "command line" }), {
    action: before ? "member.role" : "member.add",
    target: email,
    changes: { role: { from: before?.role ?? null, to: role } },
  });
}
