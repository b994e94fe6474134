// Calls what a browser's page calls, without a browser: server actions by their ids in the build, routes and pages.
import { readFileSync } from "node:fs";
import { type ActionDoor, actionDoors } from "../test/doors";

interface Manifest {
  node: Record<string, { workers: Record<string, unknown>; filename: string; exportedName: string }>;
}

export interface BuiltAction extends ActionDoor {
  id: string;
  /** the address of a page that carries it, with its parameters in brackets */
  page: string;
}

/** Every action that the build lets a browser call. Throws on one that no door is known for. */
export function builtActions(): BuiltAction[] {
  const manifest: Manifest = JSON.parse(readFileSync(".next/server/server-reference-manifest.json", "utf8"));
  const doors = actionDoors();
  return Object.entries(manifest.node).map(([id, { filename, exportedName, workers }]) => {
    const door = doors.find(({ file, name }) => file === filename && name === exportedName);
    if (!door) throw new Error(`the build has an action without a known door: ${filename} ${exportedName}`);
    const [worker = ""] = Object.keys(workers);
    return { ...door, id, page: worker.replace(/^app/, "").replace(/\/page$/, "") || "/" };
  });
}

export interface Caller {
  url: string;
  cookie: { name: string; value: string } | null;
}

export interface Said {
  status: number;
  /** what the action returned; null when Next answered by itself */
  answer: { ok: boolean; message?: string; fields?: Record<string, string>; data?: unknown } | null;
  text: string;
}

const cookieHeader = ({ cookie }: Caller) => (cookie ? { cookie: `${cookie.name}=${cookie.value}` } : {});

/** As React sends it: arguments as JSON; `origin` null leaves the header out. */
export async function callAction(
  caller: Caller,
  action: BuiltAction,
  path: string,
  args: unknown[],
  origin: string | null = caller.url,
): Promise<Said> {
  const headers: Record<string, string> = {
    ...cookieHeader(caller),
    "next-action": action.id,
    accept: "text/x-component",
  };
  if (origin !== null) headers.origin = origin;
  headers["content-type"] = "text/plain;charset=UTF-8";
  const body = JSON.stringify(args);
  const response = await fetch(`${caller.url}${path}`, { method: "POST", headers, body, redirect: "manual" });
  const text = await response.text();
  return { status: response.status, answer: answerIn(text), text };
}

/** As React sends a form that useActionState knows: the answer before, and the fields. */
export async function submitForm(
  caller: Caller,
  action: BuiltAction,
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(`_1_${name}`, value);
  body.append("0", '[null,"$K1"]');
  return fetch(`${caller.url}${path}`, {
    method: "POST",
    headers: {
      ...cookieHeader(caller),
      "next-action": action.id,
      accept: "text/x-component",
      origin: caller.url,
      ...headers,
    },
    body,
    redirect: "manual",
  });
}

export function actionNamed(file: string, name: string): BuiltAction {
  const found = builtActions().find((action) => action.file === file && action.name === name);
  if (!found) throw new Error(`the build lacks ${name} of ${file}`);
  return found;
}

/** The row that the action's reference points to: 0:{"a":"$@1",…} then 1:{"ok":…} */
export function answerIn(text: string): Said["answer"] {
  const row = /"a":"\$@(\w+)"/.exec(text)?.[1];
  const line = text.split("\n").find((each) => row !== undefined && each.startsWith(`${row}:{`));
  return line ? JSON.parse(line.slice(line.indexOf(":") + 1)) : null;
}

export const get = (caller: Caller, path: string): Promise<Response> =>
  fetch(`${caller.url}${path}`, { headers: { ...cookieHeader(caller) }, redirect: "manual" });

/** What brackets hold that aren't ids. */
const usual: Record<string, string> = { group: "badmail~unknown-recipient", n: "0", token: "no-such-token" };

/** Fills the brackets of an address; an id that is not given becomes one that nothing has. */
export const fill = (path: string, given: Record<string, string>): string =>
  path.replace(
    /\[(?:\.\.\.)?(\w+)\]/g,
    (_, name: string) => given[name] ?? usual[name] ?? "00000000-0000-4000-8000-000000000000",
  );
