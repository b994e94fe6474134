// The database and what belongs to the installation: Postgres (embedded or given), migrations, roles, keys, first
// administrator. Gives each program an environment with its own address only.
import { keepRunning, startPostgres } from "./postgres.mjs";
import { prepareHere } from "./prepare.mjs";

/** What neither portal nor worker may see of the environment. */
const ownersOnly = ["DATABASE_URL", "MAILFERRY_ADMIN_EMAIL", "MAILFERRY_ADMIN_PASSWORD", "MAILFERRY_PASSWORD"];

const without = (env, names) => Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));

export async function bringUp(env) {
  const postgres = env.DATABASE_URL ? null : await startPostgres(env.MAILFERRY_DATA);
  const ownerEnv = { ...env, DATABASE_URL: env.DATABASE_URL || postgres.url };
  try {
    const prepared = await prepareHere(ownerEnv);
    const workerEnv = {
      ...without(env, [...ownersOnly, "MAILFERRY_WEB_DATABASE_URL", "NEXTAUTH_SECRET"]),
      MAILFERRY_WORKER_DATABASE_URL: prepared.workerUrl,
    };
    const webEnv = {
      ...without(env, [
        ...ownersOnly,
        "MAILFERRY_WORKER_DATABASE_URL",
        "MAILFERRY_PRIVATE_KEY_FILE",
        "MAILFERRY_SMTP_URL",
      ]),
      MAILFERRY_WEB_DATABASE_URL: prepared.webUrl,
    };
    const kept = postgres && keepRunning(env.MAILFERRY_DATA, postgres);
    const { setupCode, administrator } = prepared;
    return { ownerEnv, workerEnv, webEnv, setupCode, administrator, stop: async () => kept?.stop() };
  } catch (error) {
    if (postgres && !postgres.adopted) await postgres.stop();
    throw error;
  }
}
