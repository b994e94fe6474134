// Words and flags of a command. Unknown ones are refused by name; a flag's value follows it or stands after "=".
import { Refusal } from "@/lib/errors";

export interface Arguments {
  words: string[];
  switches: Set<string>;
  values: Map<string, string>;
}

interface Shape {
  usage: string;
  flags: Record<string, "switch" | "value">;
  words: string[];
}

export function parseArguments(shape: Shape, argv: string[]): Arguments {
  const found: Arguments = { words: [], switches: new Set(), values: new Map() };
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith("--")) {
      found.words.push(word);
      continue;
    }
    const [name = "", inline] = word.slice(2).split(/=(.*)/s);
    const kind = shape.flags[name];
    if (!kind) throw new Refusal(`There is no option --${name}. Usage: mailferry ${shape.usage}`);
    if (kind === "switch") found.switches.add(name);
    else {
      const value = inline ?? rest.shift();
      if (value === undefined || value === "")
        throw new Refusal(`--${name} needs a value. Usage: mailferry ${shape.usage}`);
      found.values.set(name, value);
    }
  }
  const needed = shape.words.filter((word) => !word.endsWith("?")).length;
  const most = shape.words.some((word) => word.includes("…")) ? Number.POSITIVE_INFINITY : shape.words.length;
  if (found.words.length < needed || found.words.length > most) throw new Refusal(`Usage: mailferry ${shape.usage}`);
  return found;
}
