// Which statements of a migration take something from a program of the version before, which goes on working on the new
// schema during a deploy, and to which people may go back.

const tableName = String.raw`(?:if exists |if not exists |only )*(?:public\.)?"?(\w+)"?`;

/** Each with what the version before may still do, and can't any more. What begins a clause of ALTER TABLE is tried on each. */
const rules: { pattern: RegExp; why: string }[] = [
  { pattern: /^drop (table|view|materialized view|sequence|type|domain|schema)\b/, why: "may still be used" },
  { pattern: /^drop (function|procedure|trigger|policy)\b/, why: "may still be called or counted on" },
  { pattern: /^drop (unique )?index\b/, why: "may be what its “on conflict” needs" },
  {
    pattern: /^drop (column )?(?!constraint|default|not null|expression|identity)/,
    why: "may still be read or written",
  },
  { pattern: /^drop constraint\b/, why: "may be what its “on conflict” needs" },
  { pattern: /\brename\b/, why: "is still called by its old name" },
  { pattern: /^alter (column )?"?\w+"? (set data )?type\b/, why: "is read and written in its old type" },
  { pattern: /^alter (column )?"?\w+"? set not null\b/, why: "is left out, or written as null" },
  { pattern: /^alter (column )?"?\w+"? drop default\b/, why: "is left out" },
  { pattern: /^alter (column )?"?\w+"? (set|add) generated\b/, why: "is written" },
  { pattern: /^add (constraint|check|unique|primary key|foreign key|exclude)\b/, why: "narrows what it may write" },
  { pattern: /^create unique index\b/, why: "narrows what it may write" },
  { pattern: /^create (or replace )?(constraint )?(trigger|rule)\b/, why: "may refuse or change what it writes" },
  { pattern: /^(truncate|lock)\b/, why: "takes its rows, or holds it up" },
  { pattern: /^(delete from|update) /, why: "may change rows under it: say why that is right" },
];
const addedColumn = /^add (column )?(?!constraint|check|unique|primary key|foreign key|exclude)/;

export interface Breaking {
  statement: string;
  why: string;
}

/** `known`: tables that migrations newer than that version made, which it does not know. Those made here are added to it. */
export function breakingStatements(sql: string, known: Set<string> = new Set()): Breaking[] {
  const statements = statementsOf(sql);
  for (const statement of statements) {
    const made = new RegExp(`^create (?:unlogged )?table ${tableName}`).exec(statement)?.[1];
    if (made) known.add(made);
  }
  return statements.filter((statement) => !known.has(tableOf(statement))).flatMap(faultsIn);
}

function faultsIn(statement: string): Breaking[] {
  const clauses = /^alter table\b/.test(statement) ? clausesOf(statement) : [statement];
  return clauses.flatMap((clause) => {
    const rule = rules.find(({ pattern }) => pattern.test(clause));
    if (rule) return [{ statement: clause, why: rule.why }];
    const needed = addedColumn.test(clause) && /\bnot null\b/.test(clause) && !/\b(default|generated)\b/.test(clause);
    return needed ? [{ statement: clause, why: "is left out: it needs a default" }] : [];
  });
}

/** The existing table that a statement changes; empty where it is not about one. */
function tableOf(statement: string): string {
  const patterns = [
    `^(?:alter|drop|truncate|lock) (?:table )?${tableName}`,
    `^create unique index .*? on ${tableName}`,
    `^create (?:or replace )?(?:constraint )?(?:trigger|rule) .*? (?:on|to) ${tableName}`,
    `^(?:delete from|update) ${tableName}`,
  ];
  for (const pattern of patterns) {
    const found = new RegExp(pattern).exec(statement)?.[1];
    if (found) return found;
  }
  return "";
}

/** In one line each and in small letters, without comments and without what functions and texts say. */
function statementsOf(sql: string): string[] {
  return sql
    .replace(/\$(\w*)\$[\s\S]*?\$\1\$/g, "''")
    .replace(/'(?:[^']|'')*'/g, "''")
    .replace(/--.*$/gm, "")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .split(";")
    .map((text) => text.replace(/\s+/g, " ").trim().toLowerCase())
    .filter(Boolean);
}

/** What follows `alter table NAME`, cut at commas that stand in no bracket. */
function clausesOf(statement: string): string[] {
  const [head = ""] = new RegExp(`^alter table ${tableName} ?\\*? ?`).exec(statement) ?? [];
  const clauses = [""];
  let depth = 0;
  for (const letter of statement.slice(head.length)) {
    if (letter === "(") depth += 1;
    if (letter === ")") depth -= 1;
    if (letter === "," && depth === 0) clauses.push("");
    else clauses[clauses.length - 1] += letter;
  }
  return clauses.map((clause) => clause.trim());
}
