// A backup's outer shell: octets sealed with a passphrase, in frames that can be neither changed, cut off, left out nor put
// in another order unseen. The construction is that of age's payload (STREAM, Hoang, Reyhanitabar, Rogaway, Vizár 2015): the
// nonce counts the frames and says which is the last. Memory is bounded: one frame at a time.
import { createCipheriv, createDecipheriv, createHmac, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { Refusal } from "@/lib/errors";

const magic = Buffer.from("Mailferry backup 1\n");
const saltLength = 16;
const verifierLength = 32;
const headLength = magic.length + saltLength + verifierLength;
const frameLength = 1 << 20;
const tagLength = 16;
/** 128 MiB and about half a second for each guess at a passphrase. Part of the format: another cost is another first line. */
const cost = { N: 1 << 17, r: 8, p: 1, maxmem: 192 << 20 };

type Octets = AsyncIterable<Buffer>;

export async function* sealFrames(passphrase: string, plain: Octets): AsyncGenerator<Buffer> {
  const front = Buffer.concat([magic, randomBytes(saltLength)]);
  const keys = await keysOf(passphrase, front);
  const head = Buffer.concat([front, keys.verifier]);
  yield head;
  let n = 0;
  for await (const { piece, last } of inPieces(plain, frameLength)) {
    const cipher = createCipheriv("aes-256-gcm", keys.frames, nonce(n, last)).setAAD(head);
    yield Buffer.concat([cipher.update(piece), cipher.final(), cipher.getAuthTag()]);
    n += 1;
  }
}

/** Octets come out only of frames that are whole and in their place. `name` is the file's, for refusals. */
export async function* openFrames(passphrase: string, sealed: Octets, name: string): AsyncGenerator<Buffer> {
  let keys: Keys | null = null;
  let head: Buffer = Buffer.alloc(0);
  let n = 0;
  for await (const { piece, last } of framesOf(sealed)) {
    if (!keys) {
      head = piece;
      keys = await keysOfHead(passphrase, head, name);
      continue;
    }
    if (piece.length < tagLength) throw damaged(name, n);
    const at = piece.length - tagLength;
    const decipher = createDecipheriv("aes-256-gcm", keys.frames, nonce(n, last))
      .setAAD(head)
      .setAuthTag(piece.subarray(at));
    const opened = decipher.update(piece.subarray(0, at));
    try {
      decipher.final();
    } catch {
      throw damaged(name, n);
    }
    yield opened;
    n += 1;
  }
}

const damaged = (name: string, n: number) =>
  new Refusal(
    `${name} is damaged or not whole: its part ${n + 1} of 1 MiB is not as it was written, or what follows is missing. Use another copy of it.`,
  );

interface Keys {
  frames: Buffer;
  verifier: Buffer;
}

async function keysOfHead(passphrase: string, head: Buffer, name: string): Promise<Keys> {
  if (!head.subarray(0, magic.length).equals(magic)) {
    const newer = head.toString("latin1").startsWith("Mailferry backup ");
    throw new Refusal(
      newer
        ? `${name} was written in a form that this version does not know. Restore it with the Mailferry that wrote it, or a newer one.`
        : `${name} is no backup of Mailferry.`,
    );
  }
  if (head.length < headLength) throw new Refusal(`${name} is not whole: it ends in its first line.`);
  const keys = await keysOf(passphrase, head.subarray(0, magic.length + saltLength));
  if (!timingSafeEqual(keys.verifier, head.subarray(magic.length + saltLength)))
    throw new Refusal(`The passphrase does not open ${name}, or the first octets of the file are damaged.`);
  return keys;
}

/** One key seals, the other shows before anything is read whether the passphrase is the right one. */
async function keysOf(passphrase: string, front: Buffer): Promise<Keys> {
  const salt = front.subarray(magic.length);
  const both = await new Promise<Buffer>((done, failed) =>
    // The same letters typed on another system may be other code points.
    scrypt(passphrase.normalize("NFKC"), salt, 64, cost, (error, key) => (error ? failed(error) : done(key))),
  );
  return { frames: both.subarray(0, 32), verifier: createHmac("sha256", both.subarray(32)).update(front).digest() };
}

/** Never used twice with one key, since every file has a salt and so a key of its own. */
function nonce(n: number, last: boolean): Buffer {
  const octets = Buffer.alloc(12);
  octets.writeUIntBE(n, 5, 6);
  octets[11] = last ? 1 : 0;
  return octets;
}

/** The head as a first piece, then the sealed frames. */
async function* framesOf(sealed: Octets): AsyncGenerator<{ piece: Buffer; last: boolean }> {
  let head: Buffer = Buffer.alloc(0);
  const source = sealed[Symbol.asyncIterator]();
  while (head.length < headLength) {
    const { value, done } = await source.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  yield { piece: head.subarray(0, headLength), last: false };
  yield* inPieces(joined(head.subarray(headLength), source), frameLength + tagLength);
}

async function* joined(first: Buffer, source: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
}

/** Pieces of one length; the last, which may be shorter and even empty, is known as such. */
async function* inPieces(source: Octets, length: number): AsyncGenerator<{ piece: Buffer; last: boolean }> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const octets of source) {
    held.push(octets);
    size += octets.length;
    while (size > length) {
      const all = Buffer.concat(held);
      yield { piece: all.subarray(0, length), last: false };
      held = [all.subarray(length)];
      size -= length;
    }
  }
  yield { piece: Buffer.concat(held), last: true };
}
