// The passphrase of a backup: from MAILFERRY_PASSPHRASE, or typed.
import { Refusal } from "@/lib/errors";
import { askSecret } from "./ask";

const remedy = "No passphrase given: type one, or set MAILFERRY_PASSPHRASE.";
/** As of people's passwords; whoever has the file can try as often as he likes. */
const shortest = 12;

export const knownPassphrase = async (env: NodeJS.ProcessEnv): Promise<string> =>
  env.MAILFERRY_PASSPHRASE || askSecret("Passphrase", remedy);

/** Typed twice on a terminal: a slip of the finger would be noticed when the backup is needed. */
export async function newPassphrase(env: NodeJS.ProcessEnv): Promise<string> {
  const passphrase = await knownPassphrase(env);
  if (passphrase.length < shortest)
    throw new Refusal(`The passphrase is too short: give at least ${shortest} characters.`);
  if (!env.MAILFERRY_PASSPHRASE && process.stdin.isTTY && (await askSecret("Once more", remedy)) !== passphrase)
    throw new Refusal("The two passphrases are not the same. Nothing was written.");
  return passphrase;
}
