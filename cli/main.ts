// The commands by name. Standard output holds the result only; everything else goes to standard error.

import { Refusal } from "@/lib/errors";
import { parseArguments } from "./arguments";
import type { CommandContext } from "./command";
import { databaseOnDemand } from "./database";

interface Command {
  usage: string;
  does: string;
  flags: Record<string, "switch" | "value">;
  /** the words that may follow, e.g. ["FILE"]; "…?" is optional */
  words: string[];
  /** works on a database that lacks migrations too */
  anyDatabase?: true;
  run(): Promise<(context: CommandContext) => Promise<number>>;
}

const commands: Record<string, Command> = {
  import: {
    usage: "import FILE [--check] [--prune] [--stopped]",
    does: "bring in tenants, servers, mailboxes, rules and members from a configuration file",
    flags: { check: "switch", prune: "switch", stopped: "switch" },
    words: ["FILE"],
    run: async () => (await import("./commands/import")).importCommand,
  },
  export: {
    usage: "export [--tenant SLUG] [--with-secrets]",
    does: "write the same format to standard output",
    flags: { tenant: "value", "with-secrets": "switch" },
    words: [],
    run: async () => (await import("./commands/export")).exportCommand,
  },
  status: {
    usage: "status [--tenant SLUG] [--json]",
    does: "per tenant the sum, lanes and mailboxes",
    flags: { tenant: "value", json: "switch" },
    words: [],
    run: async () => (await import("./commands/status")).statusCommand,
  },
  ledger: {
    usage: "ledger [--tenant SLUG] [--all]",
    does: "prove that no mail is missing: the sum, and stored bytes against their hashes; --all reads every body",
    flags: { tenant: "value", all: "switch" },
    words: [],
    run: async () => (await import("./commands/ledger")).ledgerCommand,
  },
  explain: {
    usage: "explain [--stage rcpt] [REPLY] [--json]",
    does: "what Mailferry makes of a server's reply",
    flags: { stage: "value", json: "switch" },
    words: ["REPLY…?"],
    run: async () => (await import("./commands/explain")).explainCommand,
  },
  migrate: {
    usage: "migrate",
    does: "bring the database and its roles up to date",
    flags: {},
    words: [],
    anyDatabase: true,
    run: async () => (await import("./commands/migrate")).migrateCommand,
  },
  backup: {
    usage: "backup FILE",
    does: "database and private key into one new file, sealed with a passphrase (asked for, or MAILFERRY_PASSPHRASE)",
    flags: {},
    words: ["FILE"],
    anyDatabase: true,
    run: async () => (await import("./commands/backup")).backupCommand,
  },
  restore: {
    usage: "restore FILE",
    does: "a backup into an empty database; mail that may have been delivered since is marked",
    flags: {},
    words: ["FILE"],
    anyDatabase: true,
    run: async () => (await import("./commands/restore")).restoreCommand,
  },
  user: {
    usage: "user add EMAIL [--platform ROLE] [--tenant SLUG --role ROLE] | user remove-second-factor EMAIL",
    does: "add a person, or give one a role (the password is asked for or taken from MAILFERRY_PASSWORD); or remove what somebody lost",
    flags: { platform: "value", tenant: "value", role: "value" },
    words: ["add", "EMAIL"],
    run: async () => (await import("./commands/user")).userCommand,
  },
  clock: {
    usage: "clock accept",
    does: "after a jump of the database's clock: the clock is right, tidy old mail again",
    flags: {},
    words: ["accept"],
    run: async () => (await import("./commands/clock")).clockCommand,
  },
  doctor: {
    usage: "doctor",
    does: "is everything that is needed here and right",
    flags: {},
    words: [],
    anyDatabase: true,
    run: async () => (await import("./commands/doctor")).doctorCommand,
  },
};

const usage = (): string =>
  [
    "mailferry COMMAND",
    "",
    ...Object.values(commands).map((command) => `  ${command.usage.padEnd(66)} ${command.does}`),
    "",
  ].join("\n");

/** Runs one command; returns its exit code. Throws Refusal for a wrong call. */
export async function runCommand(argv: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const [name = "", ...rest] = argv;
  if (["", "help", "--help", "-h"].includes(name)) {
    process.stdout.write(usage());
    return name === "" ? 1 : 0;
  }
  const command = commands[name];
  if (!command)
    throw new Refusal(`There is no command “${name}”. The commands are: ${Object.keys(commands).join(", ")}.`);
  const args = parseArguments(command, rest);
  // A reader that has seen enough (`| head`) is no fault: the rest goes nowhere, and the command ends in order.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  const world = databaseOnDemand(env, say, command.anyDatabase ?? false);
  try {
    const run = await command.run();
    return await run({ env, args, db: world.db, say, print: (text) => process.stdout.write(text) });
  } finally {
    await world.close();
  }
}
