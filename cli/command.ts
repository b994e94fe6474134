// What a command is given.
import type { Db } from "@/lib/db";
import type { Arguments } from "./arguments";

export interface CommandContext {
  env: NodeJS.ProcessEnv;
  args: Arguments;
  /** the owner's connection, opened when first asked for */
  db(): Promise<Db>;
  print(text: string): void;
  say(text: string): void;
}
