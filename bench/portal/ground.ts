// What the bench asks for: every page that somebody who is signed in may see, of the largest tenant, as an administrator.
import { openOwner } from "@/e2e/owner";
import { openDb } from "@/lib/db";
import { pageDoors } from "@/test/doors";

export interface Ids {
  mail: string;
  mailbox: string;
  slug: string;
}

export async function exampleIds(database: string): Promise<Ids> {
  const db = openDb(database, 1);
  const one = async (sql: string) => (await db.pool.query<{ id: string }>(sql)).rows[0]?.id ?? "";
  const tenant = "(select tenant_id from mail group by 1 order by count(*) desc limit 1)";
  const ids = {
    mail: await one(`select id from mail where tenant_id = ${tenant} order by seq desc limit 1`),
    mailbox: await one(`select id from mailbox where tenant_id = ${tenant} order by name limit 1`),
    slug: await one(`select slug as id from tenant where id = ${tenant}`),
  };
  await db.close();
  return ids;
}

/** Each with what stands for its brackets. */
export const pagesOf = (ids: Ids): { path: string; address: string }[] =>
  pageDoors()
    // "/" only leads on.
    .filter(
      ({ door, path }) => door !== "open" && path !== "/" && !path.includes("[...") && !path.includes("/rules/[id]"),
    )
    .map(({ path }) => ({
      path,
      address: path
        .replace(/\[(tenant|slug)\]/, ids.slug)
        .replace("[group]", "badmail~unknown-recipient")
        .replace("[id]", path.includes("/mailboxes/") ? ids.mailbox : ids.mail),
    }));

/** The cookie of an administrator of the platform. */
export async function signIn(database: string, folder: string): Promise<{ name: string; value: string }> {
  const owner = openOwner(database, folder);
  const cookie = await owner.cookieOf(await owner.makePlatformPerson("admin", "a bench of oak"));
  await owner.close();
  return cookie;
}
