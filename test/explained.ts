// Postgres' own words about how it runs each statement, also those inside functions (auto_explain): for tests that say by
// which index something is found.
import { type Db, openDb } from "@/lib/db";

export interface Explained {
  /** one connection, as owner */
  db: Db;
  /** what was run since the last call, of statements that hold this text */
  plansOf(text: string): string;
}

const settings = [
  "log_min_duration=0",
  "log_level=notice",
  "log_analyze=on",
  "log_buffers=on",
  "log_nested_statements=on",
];

export function openExplained(ownerUrl: string): Explained {
  const url = new URL(ownerUrl);
  const options = settings.map((one) => `-c auto_explain.${one}`).join(" ");
  url.searchParams.set("options", `-c session_preload_libraries=auto_explain ${options}`);
  const db = openDb(url.href, 1);
  let heard: string[] = [];
  db.pool.on("connect", (client) => client.on("notice", ({ message = "" }) => heard.push(message)));
  return {
    db,
    plansOf: (text) => {
      const found = heard.filter((message) => message.includes(text));
      heard = [];
      return found.join("\n");
    },
  };
}
