// The portal's doors as the code has them: every action, route handler and page with the grant that it asks for. Read from
// the sources, so that structure tests and the matrices in the browser can't forget a new one.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const root = join(import.meta.dirname, "..");

/** Paths of all files below a folder, relative to the project. */
export function filesBelow(folder: string, wanted: (path: string) => boolean = () => true): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => wanted(path) && !path.startsWith("prisma/client/"))
    .sort();
}

export const source = (path: string): string => readFileSync(join(root, path), "utf8");

export interface ActionDoor {
  file: string;
  name: string;
  kind: "tenant" | "platform" | "account" | "public" | "none";
  /** the grant, or the name of what people do to their own account or before they are signed in */
  grant: string;
  /** asks for a fresh sign-in, always or for some of what it takes */
  fresh: boolean;
  /** changes nothing, so that open pages are told nothing */
  reads: boolean;
}

const doorKinds: Record<string, ActionDoor["kind"]> = {
  tenantAction: "tenant",
  platformAction: "platform",
  accountAction: "account",
  publicForm: "public",
  publicAction: "public",
};

/** Every export of every actions.ts; kind "none" for one that does not come from a door. */
export function actionDoors(): ActionDoor[] {
  return filesBelow("app", (path) => /(^|\/)actions\.ts$/.test(path)).flatMap((file) =>
    [...source(file).matchAll(/^export\s+(.*(?:\n(?!export\s).*)*)/gm)].map(([, text = ""]) => {
      const made =
        /^const\s+(\w+)\s*=\s*(tenantAction|platformAction|accountAction|publicForm|publicAction)\(\s*"([^"]+)"/.exec(
          text,
        );
      const [, name = text.slice(0, 60), door = "", grant = ""] = made ?? [];
      const option = (known: string) => new RegExp(`^ *(\\{ )?${known}: `, "m").test(text);
      return { file, name, kind: doorKinds[door] ?? "none", grant, fresh: option("fresh"), reads: option("reads") };
    }),
  );
}

export interface RouteDoor {
  file: string;
  /** /api/t/[tenant]/probes/[id] */
  path: string;
  method: string;
  /** which door it comes from, and the grant that a tenant's or the platform's asks for */
  door: "tenant" | "platform" | "person" | "open";
  grant: string | null;
}

const routeDoorKinds: Record<string, RouteDoor["door"]> = {
  tenantRoute: "tenant",
  platformRoute: "platform",
  personRoute: "person",
};

const addressOf = (file: string) =>
  `/${dirname(relative("app", file))}`.replace(/^\/\.$/, "/").replace(/\/\([^)]*\)/g, "");

export function routeDoors(): RouteDoor[] {
  return filesBelow("app", (path) => /(^|\/)route\.tsx?$/.test(path)).flatMap((file) => {
    const text = source(file);
    const named = [...text.matchAll(/^export\s+(?:const|async function|function)\s+([A-Z]+)\b(?:\s*=\s*(\w+))?/gm)];
    const listed = [...text.matchAll(/\b\w+ as (GET|POST|PUT|PATCH|DELETE)\b/g)].map(([, method = ""]) => method);
    const path = addressOf(file);
    return [
      ...named.map(([whole, method = "", door]) => {
        const rest = text.slice(text.indexOf(whole));
        const grant = /^[^(]*(?:tenant|platform)Route(?:<[^(]*>)?\(\s*"([^"]+)"/.exec(rest)?.[1];
        return { file, path, method, door: routeDoorKinds[door ?? ""] ?? "open", grant: grant ?? null };
      }),
      ...listed.map((method) => ({ file, path, method, door: "open" as const, grant: null })),
    ];
  });
}

export interface PageDoor {
  file: string;
  path: string;
  /** which door the page enters by, and what it asks for */
  door: "tenant" | "platform" | "signed-in" | "open";
  grant: string;
}

export function pageDoors(): PageDoor[] {
  return filesBelow("app", (path) => /(^|\/)page\.tsx$/.test(path) && !path.includes("/_")).map((file) => {
    const text = source(file);
    const tenant = /\benterTenant\([^"]*?,\s*"([^"]+)"/.exec(text);
    const platform = /\benterPlatform\(\s*"([^"]+)"/.exec(text);
    const path = addressOf(file);
    if (tenant) return { file, path, door: "tenant", grant: tenant[1] ?? "" };
    if (platform) return { file, path, door: "platform", grant: platform[1] ?? "" };
    return { file, path, door: /\benterSignedIn\(/.test(text) ? "signed-in" : "open", grant: "" };
  });
}
