// Reads the file's text: YAML, then the schema, then what no schema sees (things named twice). Each fault has its line.
import { type Document, isMap, isNode, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { sourceOf } from "@/domain/mailbox/schema";
import { type ConfigFile, configFile } from "./schema";

export interface FileFault {
  line: number;
  /** dotted, with tenant and mailbox by name where they have one */
  field: string;
  message: string;
}

export type Path = readonly (string | number)[];

/** Where things stand in the file, for faults that are found later (against the database). */
export interface Located {
  config: ConfigFile;
  faultAt(path: Path, message: string): FileFault;
}

export type Read = { ok: true; file: Located } | { ok: false; faults: FileFault[] };

const most = 20 * 1024 * 1024;

export function readConfig(text: string): Read {
  if (text.length > most)
    return {
      ok: false,
      faults: [{ line: 1, field: "file", message: "The file is larger than 20 MB: split it by tenants." }],
    };
  const lines = new LineCounter();
  // Aliases could blow a small file up to gigabytes; a configuration has no need of many.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  if (document.errors.length > 0) {
    const faults = document.errors.map((error) => ({
      line: lines.linePos(error.pos[0]).line,
      field: "yaml",
      message: `${error.message}. Mend the YAML there.`,
    }));
    return { ok: false, faults };
  }
  let plain: unknown;
  try {
    plain = document.toJS({ maxAliasCount: 50 });
  } catch {
    return { ok: false, faults: [{ line: 1, field: "yaml", message: "Too many aliases. Write the values out." }] };
  }
  const faultAt = (path: Path, message: string): FileFault => ({
    line: lineOf(document, lines, path),
    field: fieldName(plain, path),
    message,
  });
  const parsed = configFile.safeParse(plain ?? {}, { reportInput: true });
  if (!parsed.success)
    return { ok: false, faults: parsed.error.issues.flatMap((issue) => issueFaults(issue, faultAt)) };
  const faults = namedTwice(parsed.data).map(({ path, message }) => faultAt(path, message));
  return faults.length > 0 ? { ok: false, faults } : { ok: true, file: { config: parsed.data, faultAt } };
}

/** The line of the deepest node that exists on this path. */
function lineOf(document: Document, lines: LineCounter, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const here = path.slice(0, length);
    const last = here.at(-1);
    const parent = length === 0 ? null : document.getIn(here.slice(0, -1), true);
    if (typeof last === "string" && isMap(parent)) {
      const pair = parent.items.find((item) => isNode(item.key) && String(item.key) === last);
      if (pair && isNode(pair.key) && pair.key.range) return lines.linePos(pair.key.range[0]).line;
      continue;
    }
    const node = length === 0 ? document.contents : document.getIn(here, true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

/** tenants[contoso].mailboxes[info].port */
function fieldName(plain: unknown, path: Path): string {
  let here: unknown = plain;
  let name = "";
  for (const part of path) {
    here = typeof here === "object" && here !== null ? (here as Record<string | number, unknown>)[part] : undefined;
    if (typeof part === "string") name += name === "" ? part : `.${part}`;
    else name += `[${nameOf(here) ?? part + 1}]`;
  }
  return name || "file";
}

const nameOf = (entry: unknown): string | null => {
  if (typeof entry !== "object" || entry === null) return null;
  const { slug, name, email } = entry as Record<string, unknown>;
  const found = slug ?? name ?? email;
  return typeof found === "string" ? found.slice(0, 80) : null;
};

function issueFaults(issue: z.core.$ZodIssue, faultAt: (path: Path, message: string) => FileFault): FileFault[] {
  const path = issue.path.filter((part): part is string | number => typeof part !== "symbol");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) =>
      faultAt([...path, key], `There is no key “${key}” here. Check its spelling, or remove it.`),
    );
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const nearest = issue.errors.toSorted((a, b) => a.length - b.length)[0] ?? [];
    const deep = nearest.find((inner) => inner.path.length > 0 && inner.code !== "unrecognized_keys");
    if (deep) return [faultAt([...path, ...deep.path.filter((p) => typeof p !== "symbol")], plainWords(deep))];
  }
  return [faultAt(path, plainWords(issue))];
}

function plainWords(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type" && issue.input === undefined) return "This key is missing and required: add it.";
  if (/^Invalid/.test(issue.message)) {
    const shown = JSON.stringify(issue.input)?.slice(0, 60) ?? "nothing";
    return `${shown} does not fit here (${issue.message.replace(/^Invalid input: /, "")}). Correct it.`;
  }
  return issue.message;
}

/** Things that may stand once: slugs, mailbox and rule names, sources, memberships. */
function namedTwice(config: ConfigFile): { path: Path; message: string }[] {
  const faults: { path: Path; message: string }[] = [];
  const once = (seen: Set<string>, key: string, path: Path, message: string) => {
    if (seen.has(key)) faults.push({ path, message });
    seen.add(key);
  };
  const slugs = new Set<string>();
  config.tenants.forEach((tenant, t) => {
    once(
      slugs,
      tenant.slug,
      ["tenants", t, "slug"],
      `The tenant ${tenant.slug} stands twice. Put both parts into one.`,
    );
    const names = new Set<string>();
    const sources = new Set<string>();
    (tenant.mailboxes ?? []).forEach((mailbox, m) => {
      const at = ["tenants", t, "mailboxes", m] as const;
      once(
        names,
        mailbox.name,
        [...at, "name"],
        `The mailbox ${mailbox.name} stands twice in ${tenant.slug}. Give one another name.`,
      );
      const { protocol, host, username, folder = "INBOX" } = mailbox;
      if (protocol && host && username) {
        const source = sourceOf({ protocol, host, username, folder });
        once(
          sources,
          source,
          [...at, "username"],
          `Another mailbox of ${tenant.slug} collects the same source (${username} at ${host}). Remove one.`,
        );
      }
    });
    const rules = new Set<string>();
    (tenant.rules ?? []).forEach((rule, r) => {
      once(
        rules,
        rule.name,
        ["tenants", t, "rules", r, "name"],
        `The rule “${rule.name}” stands twice. Give one another name.`,
      );
    });
  });
  const members = new Set<string>();
  config.members.forEach((member, m) => {
    once(
      members,
      `${member.email} ${member.tenant ?? ""}`,
      ["members", m, "email"],
      `${member.email} stands twice for the same place. Keep one line.`,
    );
  });
  return faults;
}
