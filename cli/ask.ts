// Asks for something that nobody else may read.
import { createInterface } from "node:readline";
import { Refusal } from "@/lib/errors";

/** Without echo on a terminal; one line of a pipe otherwise. `remedy` is what is said when nothing is typed. */
export async function askSecret(what: string, remedy: string): Promise<string> {
  process.stderr.write(`${what}: `);
  const reader = createInterface({ input: process.stdin, terminal: process.stdin.isTTY ?? false });
  try {
    const line = await new Promise<string>((done) => {
      reader.once("line", done);
      reader.once("close", () => done(""));
    });
    process.stderr.write("\n");
    if (line === "") throw new Refusal(remedy);
    return line;
  } finally {
    reader.close();
  }
}
