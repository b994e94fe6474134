// npm run demo: Mailferry in a throw-away folder with four companies, servers of its own on loopback, and mail that keeps
// arriving. Nothing leaves this machine.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureAll, main, root, say } from "./ensure.mjs";
import { start } from "./start.mjs";

const administrator = { email: "admin@demo.example", password: "calm harbour office" };

await main(async () => {
  ensureAll({ build: true });
  process.env.TSX_TSCONFIG_PATH = join(root, "tsconfig.json");
  const { register } = await import("tsx/esm/api");
  register();
  const { openWorld } = await import("./demo/world.ts");
  const world = await openWorld();
  const given = process.env.MAILFERRY_DATA;
  const folder = given || mkdtempSync(join(tmpdir(), "mailferry-demo-"));
  // Never the address of a real database, key or server: the demo has its own of everything.
  const foreign = [
    "DATABASE_URL",
    "MAILFERRY_WEB_DATABASE_URL",
    "MAILFERRY_WORKER_DATABASE_URL",
    "MAILFERRY_PRIVATE_KEY_FILE",
  ];
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.includes(name)));
  const env = {
    ...kept,
    MAILFERRY_DATA: folder,
    MAILFERRY_ALLOW_NETWORKS: "127.0.0.0/8",
    MAILFERRY_NAME: "ferry.demo.example",
    MAILFERRY_MAIL_FROM: "mailferry@demo.example",
    MAILFERRY_SMTP_URL: world.providerUrl,
    MAILFERRY_ALERT_TO: "provider@demo.example",
    // Mail that flows, and a server that is down, need no lines: the sign-in would scroll away.
    MAILFERRY_LOG: process.env.MAILFERRY_LOG ?? "error",
    MAILFERRY_ADMIN_EMAIL: administrator.email,
    MAILFERRY_ADMIN_PASSWORD: administrator.password,
  };
  await start({
    env,
    afterReady: async ({ env: ownerEnv }) => {
      await world.bringIn(ownerEnv);
      world.letItRain();
      say("  Sign in with");
      say(`    Email     ${administrator.email}`);
      say(`    Password  ${administrator.password}\n`);
      say("  Contoso gets its mail, except spam and an unknown address; Fabrikam speaks StartTLS and IMAP;");
      say("  the server of Northwind is down; that of Wingtip renews its certificate after a minute. New mail arrives");
      say("  every few seconds.\n");
      say("  To set up a company yourself (“New tenant”), there are");
      for (const line of world.spare) say(`    ${line}`);
      world.tellCodes((postmaster, code) => say(`  ${postmaster} got the mail of a test. Its code: ${code}`));
      say("\n  Ctrl-C ends it.\n");
    },
    cleanUp: world.close,
    afterStop: () => {
      if (!given) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  });
});
