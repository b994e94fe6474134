// The portal as a program: Next behind an HTTP server of ours, which decides whose X-Forwarded-* is believed, stops
// cleanly, and stops by itself when the starter that spawned it is gone.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import { ensureAll, main, Need, root, say } from "./ensure.mjs";

const dev = process.argv.includes("--dev");

/** Reads what the portal needs, and only that; the owner's address and the private key are not for it. */
function readEnvironment() {
  const env = process.env;
  const folder = resolve(env.MAILFERRY_DATA || "data");
  delete env.DATABASE_URL;
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
  ensureAll({ build: !dev });
  const { port, host } = readEnvironment();
  const filter = await forwardingFilter();
  const { default: next } = await import("next");
  const app = next({ dev, dir: root, hostname: host, port });
  await app.prepare();
  const handle = app.getRequestHandler();
  const server = createServer((request, response) => {
    filter(request);
    handle(request, response);
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
