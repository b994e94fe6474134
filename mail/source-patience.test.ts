import { afterEach, describe, expect, it } from "vitest";
import { type ImapServer, startImap } from "@/test/servers/imap";
import { type Pop3Server, startPop3 } from "@/test/servers/pop3";
import { faultOf, fetchAll, settingsFor } from "@/test/servers/sources";
import { openSource } from "./open-source";
import { Patience } from "./source-patience";

const servers: (Pop3Server | ImapServer)[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

/** Reads that take so many ms each and bring so many octets, until patience is over. */
async function readsUntilOver(ms: number, octets: number, timeoutMs = 180_000, most = 10_000) {
  let now = 0;
  let destroyed = false;
  const patience = new Patience({ host: "pop.example", timeoutMs }, () => now);
  const wire = { destroy: () => (destroyed = true) };
  for (let n = 1; n <= most; n += 1) {
    const fault = await patience
      .wait(wire, async () => {
        now += ms;
        return Buffer.alloc(octets);
      })
      .catch((error: Error) => error);
    if (fault instanceof Error) return { n, seconds: now / 1000, message: fault.message, destroyed };
  }
  return null;
}

describe("patience", () => {
  it("ends with one octet a minute after three timeouts, and says how slow it was", async () => {
    expect(await readsUntilOver(60_000, 1)).toEqual({
      n: 10,
      seconds: 600,
      destroyed: true,
      message: "pop.example sends too slowly: 10 octets in 600 s of waiting. Mailferry ended the session.",
    });
  });

  it("lasts for ever with a slow line, and with a fast server that was silent before", async () => {
    expect(await readsUntilOver(1000, 260)).toBeNull();
    expect(await readsUntilOver(170_000, 64_000)).toBeNull();
  });

  it("is given back by whole answers, however short", async () => {
    let now = 0;
    const patience = new Patience({ host: "pop.example", timeoutMs: 30_000 }, () => now);
    for (let n = 0; n < 1000; n += 1) {
      const read = async () => {
        now += 9000;
        return Buffer.from("+OK\r\n");
      };
      await patience.wait({ destroy: () => {} }, read);
      patience.answered();
    }
  });
});

it.each(["pop3", "imap"] as const)("%s: a server that trickles loses its session", async (protocol) => {
  const options = { users: { info: "secret" }, rude: { trickle: 20 } };
  const server = protocol === "pop3" ? await startPop3(options) : await startImap(options);
  servers.push(server);
  server.add("info", `Subject: x\r\n\r\n${"x".repeat(100_000)}\r\n`);
  const session = await openSource(settingsFor(protocol, server.port, { timeoutMs: 2000 }));
  const { mails } = await session.list();
  const fault = await faultOf(fetchAll(session, mails));
  expect(fault).toMatchObject({ kind: "unreachable", facts: { why: "slow" } });
  expect(fault.message).toMatch(/^localhost sends too slowly: \d+ octets/);
});
