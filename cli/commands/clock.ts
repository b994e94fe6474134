// clock accept: a person says that the database's clock is right after it jumped, and retention goes on.
import { acceptClock } from "@/domain/retention/clock";
import { Refusal } from "@/lib/errors";
import type { CommandContext } from "../command";

export async function clockCommand({ args, db, print }: CommandContext): Promise<number> {
  if (args.words[0] !== "accept") throw new Refusal("Usage: mailferry clock accept");
  const held = await acceptClock(await db(), "mailferry clock accept");
  print(
    held
      ? "The clock is accepted: old mail is tidied again at the next round, within ten minutes.\n"
      : "Nothing is held back: no jump of the database's clock was seen.\n",
  );
  return 0;
}
