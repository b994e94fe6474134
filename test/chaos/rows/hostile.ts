// Rows of mail and names that are meant to break things: a mail that kills workers, MIME without end, rude bytes, dead DNS.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { previewBytes, previewLimits } from "@/domain/message/preview";
import type { Sample } from "../../corpus";
import { startDns } from "../../servers/dns";
import { between, type Random } from "../random";
import type { Row } from "../row";
import type { World } from "../world";

async function collected(world: World, samples: Sample[], mailbox: object = {}) {
  const server = await world.exchange();
  const source = await world.pop3({ users: { info: "secret" } });
  for (const { bytes } of samples) source.add("info", bytes);
  await world.company({
    exchange: { port: server.port },
    mailboxes: [{ port: source.port, username: "info", timeoutSeconds: 60, ...mailbox }],
  });
  return { server, source };
}

/** A mail with a body of our making, in the account under the next number. */
function own(world: World, body: Buffer | string, more: string[] = []): Sample {
  const n = world.samples.length;
  const to = "info@contoso.example";
  const mark = `mark-${n}-${to.replace("@", ".")}`;
  const head = [
    "Return-Path: <sender@elsewhere.example>",
    "From: <sender@elsewhere.example>",
    `Subject: number ${n}`,
    `Message-ID: <${mark}@elsewhere.example>`,
    `X-Mark: ${mark}`,
    ...more,
  ];
  const bytes = Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), Buffer.from(body)]);
  const made = { mark, to, bytes, expected: canonical(bytes) };
  world.samples.push(made);
  return made;
}

/** The plain definition: every line end is CRLF, and the last line has one. */
const canonical = (bytes: Buffer): Buffer => {
  const text = bytes.toString("latin1").replace(/\r\n|\r|\n/g, "\r\n");
  return Buffer.from(text.endsWith("\r\n") ? text : `${text}\r\n`, "latin1");
};

/** What people and programs put into mail, and what breaks readers, thrown together. */
function rudeBody(random: Random): Buffer {
  const pieces = [
    "\r",
    "\n",
    "\r\n",
    "\0",
    ".",
    "..",
    "\r\n.\r\n",
    "\n.\n",
    "\r\n.\r",
    "\xff\xfe",
    "ü",
    "a".repeat(80),
    "=20",
    "\t ",
  ];
  const parts = Array.from(
    { length: between(random, 1, 400) },
    () => pieces[between(random, 0, pieces.length - 1)] ?? "",
  );
  return Buffer.from(`${parts.join("")}the end${random() < 0.5 ? "\r\n" : ""}`, "latin1");
}

const total = async (world: World, place: "held" | "delivered") =>
  (await world.sums()).reduce((sum, tenant) => sum + tenant[place], 0);

export const hostileRows: Row[] = [
  {
    number: 21,
    name: "a mail that kills the worker",
    shortSeconds: 60,
    async run(world) {
      // Number 3 kills whoever fetches it, number 5 whoever sends it.
      const { source } = await collected(world, world.mails(9));
      const env = { MAILFERRY_FAILPOINTS: "fetched=crash~number 3,claim.after=crash~number 5" };
      let worker = await world.worker(env);
      const supervised = setInterval(async () => {
        if (worker.child.signalCode === null) return;
        world.broke("a worker killed by a mail");
        worker = await world.worker(env);
      }, 300);
      try {
        await world.until(
          "the others are delivered and the one is held",
          async () => {
            await world.timePasses().catch(() => {});
            return (await total(world, "delivered")) === 7 && (await total(world, "held")) === 1;
          },
          150_000,
        );
      } finally {
        clearInterval(supervised);
      }
      if (source.list("info").length === 0)
        throw new Error("the mail that kills while it is fetched is gone from its source");
      // The copies of what else was being sent at that moment are marked; the count looks at that.
    },
  },
  {
    number: 22,
    name: "MIME of a million parts, 10,000 deep",
    shortSeconds: 30,
    async run(world) {
      const parts = world.short ? 50_000 : 1_000_000;
      const flat = `--b\r\n\r\nx\r\n`.repeat(parts);
      const deep = Array.from(
        { length: 10_000 },
        (_, n) => `--b${n}\r\nContent-Type: multipart/mixed; boundary=b${n + 1}\r\n\r\n`,
      ).join("");
      const wide = own(world, `${flat}--b--\r\n`, ["MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b"]);
      const nested = own(world, deep, ["MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b0"]);
      await collected(world, [wide, nested, ...world.mails(5)]);
      await world.worker();
      world.broke(`${parts.toLocaleString("en")} parts`);
      world.broke("10,000 deep");
      await world.allWell();
      for (const { bytes } of [wide, nested]) {
        const began = Date.now();
        const shown = await previewBytes(bytes.subarray(0, previewLimits.octets));
        if (typeof shown !== "string") throw new Error("a preview of such a mail was shown");
        if (Date.now() - began > previewLimits.ms * 2) throw new Error("the preview had no bound in time");
      }
    },
  },
  {
    number: 24,
    name: "DNS slow, dead, wrong",
    shortSeconds: 40,
    demanding: true,
    missing: () =>
      process.getuid?.() === 0 && spawnSync("unshare", ["-m", "true"]).status === 0
        ? null
        : "a resolver of its own needs root",
    async run(world) {
      const dns = await startDns({ "good.ferry.test": "127.0.0.1", "slow.ferry.test": null });
      world.closeLater(() => dns.stop());
      const folder = mkdtempSync(join(tmpdir(), "mf-dns-"));
      world.closeLater(async () => rmSync(folder, { recursive: true, force: true }));
      const file = join(folder, "resolv.conf");
      writeFileSync(file, `nameserver 127.0.0.1:${dns.port}\noptions timeout:2 attempts:1\n`);
      const good = await world.exchange();
      const names = ["slow", "slow", "slow", "slow", "slow", "wrong", "good"];
      for (const [n, name] of names.entries()) {
        const slug = `${name}${n}`;
        const source = await world.pop3({ users: { [slug]: "secret" } });
        for (const { bytes } of world.mails(name === "good" ? 40 : 3, `info@${slug}.example`)) source.add(slug, bytes);
        await world.company({
          slug,
          exchange: { host: `${name}.ferry.test`, port: good.port },
          mailboxes: [{ port: source.port, username: slug }],
        });
      }
      await world.worker({}, ["unshare", "-m", "sh", "-c", `mount --bind ${file} /etc/resolv.conf && exec "$0" "$@"`]);
      world.broke("a name without an answer", 5);
      world.broke("a name that does not exist");
      const began = Date.now();
      await world.until("the good one has its mail", () => good.mails.length >= 40, 60_000);
      world.notes.push(`40 mails of the one with a good name in ${((Date.now() - began) / 1000).toFixed(1)} s`);
      dns.names.set("slow.ferry.test", "127.0.0.1");
      dns.names.set("wrong.ferry.test", "127.0.0.1");
      await world.allWell();
    },
  },
  {
    number: 34,
    name: "bare CR, bare LF, NUL, 8-bit, 10 MB lines, dot lines",
    shortSeconds: 30,
    async run(world) {
      const rude = Array.from({ length: world.short ? 60 : 600 }, () => own(world, rudeBody(world.random)));
      const long = own(world, `${"x".repeat(10_000_000)}\r\n`);
      const { server } = await collected(world, [...world.mails(16), ...rude, long], { maxPerPoll: 1000 });
      await world.worker();
      world.broke("rude bytes", rude.length + 1);
      await world.allWell();
      const { rows } = await world.db.owner.pool.query<{ n: number }>(
        "select count(*)::int as n from body where complete",
      );
      if ((rows[0]?.n ?? 0) < server.mails.length) throw new Error("bodies are missing");
    },
  },
];
