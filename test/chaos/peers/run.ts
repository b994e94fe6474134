// Peers beside Mailferry: the same rows, the same count, one table under the other, with versions and configuration shown.
import { Refusal } from "@/lib/errors";
import { testDatabase } from "../../database";
import type { Row } from "../row";
import type { Outcome } from "../run";
import { tableOf } from "../table";
import { World } from "../world";
import { type Peer, peers } from "./peer";
import { type PeerRow, peerRows, startFor } from "./rows";

export function peerNamed(name: string): Peer {
  const peer = peers.find((one) => one.name === name);
  if (!peer) throw new Refusal(`There is no peer ${name}: ${peers.map((one) => one.name).join(" or ")}.`);
  if (!peer.version()) throw new Refusal(`${name} is not installed (Debian: apt-get install fetchmail getmail6).`);
  return peer;
}

/** Which of the chosen rows fit a peer. */
export const fitting = (numbers: number[]): PeerRow[] => peerRows.filter(({ number }) => numbers.includes(number));

export async function runPeerRow(peer: Peer, row: PeerRow, seed: number): Promise<Outcome> {
  const db = await testDatabase();
  const world = new World({ db, cluster: null, seed: seed * 100 + row.number, short: true });
  const shown: Row = { number: row.number, name: row.name, shortSeconds: null, run: async () => {} };
  try {
    await row.run(world, startFor(peer, world));
    const count = await world.count(false);
    const kind = count.lost + count.changed + count.doubled > 0 ? "broken" : "held";
    return { row: shown, kind, count, broken: world.broken, wellAfterMs: null, notes: world.notes };
  } catch (error) {
    const count = await world.count(false).catch(() => null);
    return { row: shown, kind: "failed", words: String(error), broken: world.broken, count };
  } finally {
    await world.close();
    await db.drop().catch(() => {});
  }
}

export function peerReport(peer: Peer, outcomes: Outcome[]): string {
  const wish = { protocol: "pop3", sourcePort: 1100, user: "info", smtpPort: 25, keep: false } as const;
  const { command, configuration } = peer.words(wish);
  return [
    `${peer.name} ${peer.version()}, run again a second after it ended: ${command.join(" ")}`,
    configuration.trimEnd().replace(/^/gm, "    "),
    "",
    tableOf(outcomes),
  ].join("\n");
}
