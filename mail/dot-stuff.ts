// The body between DATA and the dot (RFC 5321 §4.5.2): a line that begins with a dot gets another one in front. Streams;
// holds one block at a time.

const cr = 13;
const lf = 10;
const dot = 46;
const blockSize = 64 * 1024;
const inserted = { lf: Buffer.from("\n"), crlf: Buffer.from("\r\n"), dot: Buffer.from(".") };

/** Where the stuffing stands between two blocks. */
interface State {
  lineStart: boolean;
  afterCr: boolean;
}

/**
 * Stuffs a canonical body. Canonical bytes pass unchanged apart from the dots. A bare CR or LF, which intake has already made
 * CRLF, becomes CRLF here too: no end-of-data that some server might read into it can ever leave (SMTP smuggling). The last
 * line always has its end.
 */
export async function* dotStuffed(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Buffer> {
  const state: State = { lineStart: true, afterCr: false };
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += blockSize) {
      yield stuffBlock(Buffer.from(chunk.buffer, chunk.byteOffset + at, Math.min(blockSize, chunk.length - at)), state);
    }
  }
  if (state.afterCr) yield inserted.lf;
  else if (!state.lineStart) yield inserted.crlf;
}

function stuffBlock(block: Buffer, state: State): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  const insert = (at: number, what: Buffer) => {
    parts.push(block.subarray(from, at), what);
    from = at;
  };
  for (let at = 0; at < block.length; at++) {
    const byte = block[at];
    if (state.afterCr && byte !== lf) {
      insert(at, inserted.lf);
      state.lineStart = true;
    } else if (byte === lf && !state.afterCr) {
      parts.push(block.subarray(from, at), inserted.crlf);
      from = at + 1;
    }
    if (byte === dot && state.lineStart) insert(at, inserted.dot);
    state.lineStart = byte === lf;
    state.afterCr = byte === cr;
  }
  if (from === 0 && parts.length === 0) return block;
  parts.push(block.subarray(from));
  return Buffer.concat(parts);
}
