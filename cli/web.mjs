// The portal as a program: Next behind an HTTP server of ours, which decides whose X-Forwarded-* is believed, stops
// cleanly, and stops by itself when the starter that spawned it is gone.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import { compressed } from "./answers.mjs";
import { ensureThere, main, Need, root, say } from "./ensure.mjs";
import { packedFiles } from "./packed.mjs";

const dev = process.argv.includes("--dev");

/** Reads what the portal needs, and only that; the owner's address and the private key are not for it. */
function readEnvironment() {
  const env = process.env;
  const folder = resolve(env.MAILFERRY_DATA || "data");
  forgetOwnersVariables();
  env.MAILFERRY_DATA = folder;
  if (!env.NEXTAUTH_SECRET) {
    const file = join(folder, "nextauth.secret");
    if (!existsSync(file))
      throw new Need(`NEXTAUTH_SECRET is not set and ${file} is missing: run “npm run mailferry -- migrate” first.`);
    env.NEXTAUTH_SECRET = readFileSync(file, "utf8").trim();
  }
  const port = Number(env.PORT || 3000);
  const host = env.HOST || "127.0.0.1";
  env.NEXTAUTH_URL = (env.MAILFERRY_URL || `http://${host.includes(":") ? `[${host}]` : host}:${port}`).replace(
    /\/+$/,
    "",
  );
  env.NODE_ENV = dev ? "development" : "production";
  env.NEXT_TELEMETRY_DISABLED = "1";
  return { port, host };
}

/** Next reads a .env file of the folder too: what only the owner or the worker may know is dropped again after that. */
function forgetOwnersVariables() {
  for (const name of [
    "DATABASE_URL",
    "MAILFERRY_WORKER_DATABASE_URL",
    "MAILFERRY_PRIVATE_KEY_FILE",
    "MAILFERRY_SMTP_URL",
  ]) {
    delete process.env[name];
  }
}

/** Refuses a database that lacks a migration which this version knows; newer ones are accepted. */
async function checkMigrations() {
  const env = process.env;
  const file = join(env.MAILFERRY_DATA, "web.url");
  const url = env.MAILFERRY_WEB_DATABASE_URL || (existsSync(file) ? readFileSync(file, "utf8").trim() : "");
  if (!url)
    throw new Need(
      `No database address: set MAILFERRY_WEB_DATABASE_URL, or run “npm run mailferry -- migrate”, which writes ${file}.`,
    );
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 8000 });
  client.on("error", () => {});
  let done;
  try {
    await client.connect();
    const { rows } = await client.query(
      "select migration_name as name from _prisma_migrations where finished_at is not null",
    );
    done = new Set(rows.map((row) => row.name));
  } catch (error) {
    // A database that is away comes back: the portal then says so on its pages and in /api/health.
    if (error.code !== "42P01")
      return say(`The database does not answer yet (${error.message}); the portal waits for it.`);
    done = new Set();
  } finally {
    await client.end().catch(() => {});
  }
  const known = readdirSync(join(root, "prisma", "migrations"), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const missing = known
    .map((entry) => entry.name)
    .filter((name) => !done.has(name))
    .sort();
  if (missing.length > 0) {
    throw new Need(
      `The database lacks ${missing.join(", ")}. Run “npm run mailferry -- migrate”, then start the portal again.`,
    );
  }
}

/** Drops forwarding headers of everybody but the configured proxies; behind this line they are the truth. */
async function forwardingFilter() {
  const { default: ipaddr } = await import("ipaddr.js");
  const networks = (process.env.MAILFERRY_TRUSTED_PROXIES || "")
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean)
    .map((text) => {
      try {
        return text.includes("/")
          ? ipaddr.parseCIDR(text)
          : [ipaddr.process(text), ipaddr.process(text).kind() === "ipv4" ? 32 : 128];
      } catch {
        throw new Need(`MAILFERRY_TRUSTED_PROXIES holds “${text}”, which is no network. Write it like 10.0.0.0/8.`);
      }
    });
  const trusted = (address) => {
    const parsed = ipaddr.process(address);
    return networks.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits));
  };
  return (request) => {
    const remote = request.socket.remoteAddress ?? "";
    if (remote && trusted(remote)) return;
    for (const name of Object.keys(request.headers)) {
      if (name.startsWith("x-forwarded-") || name === "forwarded" || name === "x-real-ip") delete request.headers[name];
    }
    request.headers["x-forwarded-for"] = remote;
  };
}

await main(async () => {
  ensureThere({ built: !dev });
  const { port, host } = readEnvironment();
  // The preview's child is found from here, wherever the portal was started.
  process.chdir(root);
  await checkMigrations();
  const filter = await forwardingFilter();
  const { default: next } = await import("next");
  const app = next({ dev, dir: root, hostname: host, port });
  await app.prepare();
  forgetOwnersVariables();
  const handle = await compressed(app.getRequestHandler());
  const files = dev ? null : await packedFiles(join(root, ".next", "static"));
  const server = createServer((request, response) => {
    filter(request);
    const next = () => handle(request, response);
    if (files) files(request, response, next);
    else next();
  });
  server.on("upgrade", (request, socket, head) => app.getUpgradeHandler()(request, socket, head));
  server.on("error", (error) => {
    say(`mailferry: the portal can't listen on ${host}:${port} (${error.code}). Stop the other program, or set PORT.`);
    process.exit(1);
  });
  server.listen(port, host, () => say(`The portal listens on http://${host}:${port}`));
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(0);
    stopping = true;
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    // Open pages hold event streams: they reconnect by themselves.
    setTimeout(() => server.closeAllConnections(), 1500).unref();
    setTimeout(() => process.exit(0), 5000).unref();
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  if (process.env.MAILFERRY_STOP_WITH_STDIN) process.stdin.on("end", stop).on("error", stop).resume();
});
