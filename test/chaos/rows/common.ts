// What rows have in common: a mailbox with mails in it and a recording server, and what is asked of the world in the end.
import type { ExchangeOptions, ExchangeServer } from "../../servers/exchange";
import type { World } from "../world";

interface Wish {
  count: number;
  server?: Partial<ExchangeOptions>;
  exchange?: object;
  mailbox?: object;
  slug?: string;
  to?: string;
}

/** A scripted mailbox of its own with mails in it, and a recording server: all that delivering needs. */
export async function delivering(world: World, wish: Wish) {
  const slug = wish.slug ?? "contoso";
  const server = await world.exchange(wish.server);
  const source = await world.pop3({ users: { [slug]: "secret" } });
  for (const { bytes } of world.mails(wish.count, wish.to ?? `info@${slug}.example`)) source.add(slug, bytes);
  await world.company({
    slug,
    exchange: { port: server.port, ...wish.exchange },
    mailboxes: [{ port: source.port, username: slug, ...wish.mailbox }],
  });
  return { server, source };
}

export const lanes = async (world: World) => (await world.sums()).flatMap((tenant) => tenant.lanes);

export async function laneIs(world: World, state: string, withinMs = 120_000) {
  await world.until(
    `a lane is ${state}`,
    async () => (await lanes(world)).some((lane) => lane.state === state),
    withinMs,
  );
}

export const total = async (world: World, place: "held" | "badmail" | "delivered" | "waiting") =>
  (await world.sums()).reduce((sum, tenant) => sum + tenant[place], 0);

/** For faults that can't make any: then even a marked one is too many. */
export async function noCopies(world: World) {
  const { doubled } = await world.count();
  if (doubled > 0) throw new Error(`${doubled} copies: this fault can't make any`);
}

/** How often a client began so. */
export const tried = (server: ExchangeServer, verb: string) =>
  server.commands.filter((line) => line.startsWith(verb)).length;

/** The same with one company and one mailbox, from which a few are collected at a time. */
export async function flow(world: World, count: number, options: Partial<ExchangeOptions> = {}, mailbox: object = {}) {
  const server = await world.exchange(options);
  const source = await world.pop3({ users: { info: "secret" } });
  for (const { bytes } of world.mails(count)) source.add("info", bytes);
  await world.company({
    exchange: { port: server.port },
    mailboxes: [{ port: source.port, username: "info", maxPerPoll: 20, ...mailbox }],
  });
  return { server, source };
}
