// Imports for tests: the sample file, a key to seal with, and an import that must succeed or must be refused.
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Applied, applyConfig } from "@/domain/config/apply";
import { type FileFault, readConfig } from "@/domain/config/read";
import type { ApplyOptions, Report } from "@/domain/config/step";
import { publishKey } from "@/domain/installation/prepare";
import { ensurePrivateKey, type PrivateKeys, readPrivateKeys } from "@/lib/seal";
import type { TestDatabase } from "./database";

export const sample = readFileSync("test/fixtures/tenants.yaml", "utf8");
export const importedAt = new Date("2026-11-24T10:00:00Z");

export interface Importer {
  keys: PrivateKeys;
  /** gives the sites this key too */
  serve(sites: string[]): Promise<void>;
  good(text: string, options?: Partial<ApplyOptions>): Promise<Report>;
  faults(text: string, options?: Partial<ApplyOptions>): Promise<FileFault[]>;
}

export async function importerFor(db: TestDatabase): Promise<Importer> {
  const keyFile = join(mkdtempSync(join(tmpdir(), "mf-key-")), "private.key");
  const serve = async (sites: string[]) => publishKey(db.owner, await ensurePrivateKey(keyFile), sites);
  await serve(["main"]);
  const keys = await readPrivateKeys(keyFile);
  const run = async (text: string, options: Partial<ApplyOptions>): Promise<Applied> => {
    const read = readConfig(text);
    if (!read.ok) return read;
    const env = { CONTOSO_IMAP: "imap secret" };
    const usual = { check: false, prune: false, stopped: false, keys, env, now: importedAt };
    return applyConfig(db.owner, read.file, { ...usual, ...options });
  };
  return {
    keys,
    serve,
    good: async (text, options = {}) => {
      const applied = await run(text, options);
      if (!applied.ok) throw new Error(JSON.stringify(applied.faults));
      return applied.report;
    },
    faults: async (text, options = {}) => {
      const applied = await run(text, options);
      if (applied.ok) throw new Error("expected faults");
      return applied.faults;
    },
  };
}
