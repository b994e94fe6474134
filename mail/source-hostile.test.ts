import fc from "fast-check";
import { afterEach, expect, it } from "vitest";
import { type LineServer, listen } from "@/test/servers/line-server";
import { faultOf, fetchAll, peekAll, settingsFor } from "@/test/servers/sources";
import { openSource } from "./open-source";
import { SourceFault } from "./source";

let server: LineServer | null = null;
afterEach(() => server?.close());

/** Answers every line with the next of these; "T" stands for the tag. */
async function serve(greeting: string, answers: string[]) {
  await server?.close();
  server = await listen(async (client) => {
    await client.send(greeting);
    for (const answer of answers) {
      const line = await client.line();
      if (line === null) return;
      await client.send(Buffer.from(answer.replaceAll("T ", `${line.split(" ")[0]} `), "latin1"));
    }
  });
  return server.port;
}

async function collect(protocol: "pop3" | "imap", port: number, timeoutMs = 5000) {
  const session = await openSource(settingsFor(protocol, port, { timeoutMs }));
  try {
    const { mails } = await session.list();
    await peekAll(session, mails.slice(0, 5));
    await fetchAll(session, mails.slice(0, 5));
    await session.markDeleted(mails.slice(0, 5));
    await session.commit();
  } finally {
    session.abort();
  }
}

it.each<[string, "pop3" | "imap", string[], RegExp]>([
  ["a literal of 100 TB", "imap", ["* CAPABILITY {100000000000000}\r\nx"], /far more/],
  ["literals without end", "imap", [`* X${" {900000}\r\n".padEnd(900_012, "x").repeat(7)}`], /far more/],
  ["a line without end", "pop3", ["x".repeat(70_000)], /64 KiB/],
  [
    "a list without end",
    "pop3",
    ["+OK\r\n.\r\n", "+OK\r\n", "+OK\r\n", "+OK\r\n.\r\n", `+OK\r\n${`1 ${"x".repeat(60_000)}\r\n`.repeat(1200)}`],
    /no end/,
  ],
  ["another protocol", "pop3", ["HTTP/1.1 400 Bad Request\r\n"], /no POP3/],
  ["another protocol", "imap", ["T HUH\r\n"], /no IMAP/],
])("%s (%s)", async (_, protocol, answers, sentence) => {
  const port = await serve(protocol === "pop3" ? "+OK hi\r\n" : "* OK hi\r\n", answers);
  const fault = await faultOf(collect(protocol, port));
  expect(fault).toMatchObject({ kind: "protocol", message: expect.stringMatching(sentence) });
});

it("a connection that ends within a header block ends as a fault of the source", async () => {
  const listed = ["-ERR\r\n", "+OK\r\n", "+OK\r\n", "+OK\r\n1 5\r\n.\r\n", "+OK\r\n1 a\r\n.\r\n"];
  const port = await serve("+OK hi\r\n", [...listed, "+OK\r\n.\r\n", "+OK\r\nSubject: x"]);
  expect(await faultOf(collect("pop3", port))).toMatchObject({ kind: "unreachable" });
});

it.each(["pop3", "imap"] as const)("%s: nonsense ends as a fault of the source, never otherwise", async (protocol) => {
  const pop3 = [
    "+OK\r\n",
    "+OK\r\n.\r\n",
    "-ERR\r\n",
    "+OK\r\n1 5\r\n2 x\r\n.\r\n",
    "+OK\r\nA: b\r\n\r\n..\r\n.\r\n",
    "+ \r\n",
    "\r\n",
    "\0\xff\n",
    "+OK [\r\n",
  ];
  const imap = [
    "T OK\r\n",
    "T NO [X\r\n",
    "* CAPABILITY IMAP4rev1 UIDPLUS AUTH=PLAIN\r\nT OK\r\n",
    "* 3 EXISTS\r\nT OK [READ-WRITE]\r\n",
    '* 1 FETCH (UID 1 RFC822.SIZE 5 INTERNALDATE "x")\r\n* 2 FETCH (UID 99 RFC822.SIZE 1)\r\nT OK\r\n',
    "* 1 FETCH (UID 1 BODY[] {3}\r\nabc)\r\nT OK\r\n",
    "* 1 FETCH (UID 1 BODY[HEADER] NIL)\r\nT OK\r\n",
    "+ go\r\n",
    "* BYE\r\n",
    "* LIST () NIL {3}\r\nabc\r\nT BAD\r\n",
    "\r\n",
    "\0\xff {0}\r\n",
  ];
  const script = fc.array(fc.constantFrom(...(protocol === "pop3" ? pop3 : imap)), { maxLength: 14 });
  await fc.assert(
    fc.asyncProperty(script, async (answers) => {
      const port = await serve(protocol === "pop3" ? "+OK hi\r\n" : "* OK hi\r\n", answers);
      const error = await collect(protocol, port, 50).catch((thrown: unknown) => thrown);
      if (error !== undefined) expect(error).toBeInstanceOf(SourceFault);
    }),
    { numRuns: 100 },
  );
});
