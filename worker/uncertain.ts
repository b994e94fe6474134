// Recovery: mail whose worker fell silent moves again. It is found through the connections whose lease ran out; a net below
// wakes lanes that sleep although mail of theirs is due.
import { recoverLanes, recoverOrphans, wakeForgotten } from "@/domain/lane/recover";
import type { Room } from "./room";

let nextNet = 0;

export const uncertainRoom: Room = {
  name: "uncertain",
  step: async ({ db, env, log }) => {
    const freed = await recoverLanes(db, env.sites, env.uncertainSeconds);
    if (freed > 0) log.warn({ freed }, "connections of a silent worker were freed");
    if (Date.now() >= nextNet) {
      nextNet = Date.now() + 30_000;
      const orphans = await recoverOrphans(db, env.sites, env.uncertainSeconds);
      if (orphans > 0) log.warn({ orphans }, "mail in nobody's hands was taken up again");
      const woken = await wakeForgotten(db, env.sites);
      if (woken > 0) log.warn({ woken }, "lanes were woken that slept although mail was due");
    }
    return Math.min(2000, env.leaseSeconds * 250);
  },
};
