// A database server of a row's own: to be stopped the hard way, started again on the same port, filled or copied.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "../../cli/postgres.mjs";

export interface Cluster {
  url: string;
  folder: string;
  port: number;
  /** pg_ctl stop -m immediate: as if the power went, but for what the disk has */
  crash(): Promise<void>;
  /** in order: everything that was committed is there afterwards */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function startCluster(settings: Record<string, string> = {}, at?: string): Promise<Cluster> {
  const folder = at ?? mkdtempSync(join(tmpdir(), "mailferry-cluster-"));
  // With fsync: what was committed has to be there after a crash.
  let server = await startPostgres(folder, { settings: { max_connections: "120", ...settings } });
  const { port, url } = server;
  const gone = async (pid: number) => {
    for (;;) {
      try {
        process.kill(pid, 0);
      } catch {
        return;
      }
      await new Promise((done) => setTimeout(done, 20));
    }
  };
  return {
    url,
    folder,
    port,
    crash: async () => {
      process.kill(server.pid, "SIGQUIT");
      await gone(server.pid);
    },
    stop: () => server.stop(),
    start: async () => {
      server = await startPostgres(folder, { port, settings: { max_connections: "120", ...settings } });
    },
    close: async () => {
      await server.stop();
      if (!at) rmSync(folder, { recursive: true, force: true });
    },
  };
}
