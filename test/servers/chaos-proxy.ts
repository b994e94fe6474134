// A TCP proxy on loopback that breaks connections as networks do: delay, cut at octet N of either direction, half-open, black
// hole, throttle, corrupt. What it does can be changed while it runs; a connection keeps what it began with.
import net from "node:net";

export interface Faults {
  /** each chunk of either direction arrives so much later */
  delayMs: number;
  /** octets per second of each direction */
  bytesPerSecond: number | null;
  /** the connection is reset once so many octets passed; `of` a function: asked anew for each connection */
  cutToServer: number | (() => number | null) | null;
  cutToClient: number | (() => number | null) | null;
  /** what is sent is swallowed after so many octets, and the connection stays open: half-open to one side, black hole to both */
  swallowToServer: number | null;
  swallowToClient: number | null;
  /** the octet at this place towards the client (or server) has another value */
  corruptToClient: number | null;
  corruptToServer: number | null;
  /** connections are closed as soon as they come */
  refuse: boolean;
}

const faultless: Faults = {
  delayMs: 0,
  bytesPerSecond: null,
  cutToServer: null,
  cutToClient: null,
  swallowToServer: null,
  swallowToClient: null,
  corruptToClient: null,
  corruptToServer: null,
  refuse: false,
};

export interface ChaosProxy {
  readonly port: number;
  readonly faults: Faults;
  readonly count: { connections: number; open: number; cuts: number; toServer: number; toClient: number };
  /** another server behind the same port */
  target: number;
  /** resets every open connection */
  cutAll(): void;
  /** from now on every open connection swallows what either side sends, without a word; new ones are not touched */
  swallowAll(): void;
  stop(): Promise<void>;
}

export async function startProxy(target: number, given: Partial<Faults> = {}): Promise<ChaosProxy> {
  const pairs = new Set<() => void>();
  const holes = new Set<() => void>();
  const count = { connections: 0, open: 0, cuts: 0, toServer: 0, toClient: 0 };
  const faults: Faults = { ...faultless, ...given };
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    count.connections += 1;
    if (faults.refuse) {
      client.resetAndDestroy();
      return;
    }
    const upstream = net.connect({ port: proxy.target, host: "127.0.0.1", allowHalfOpen: true });
    count.open += 1;
    let over = false;
    const end = () => {
      if (over) return;
      over = true;
      count.open -= 1;
      pairs.delete(cut);
      holes.delete(swallow);
      client.destroy();
      upstream.destroy();
    };
    const cut = () => {
      if (over) return;
      count.cuts += 1;
      // A socket that is ending can't be reset: Node 20 would keep it for ever.
      for (const socket of [client, upstream]) if (!socket.writableEnded) socket.resetAndDestroy();
      end();
    };
    const lost = new Set<net.Socket>();
    let swallowed = false;
    const swallow = () => {
      swallowed = true;
    };
    pairs.add(cut);
    holes.add(swallow);
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      // Behind a black hole one side's end is not heard by the other: it must find out by itself.
      const gone = () => {
        lost.add(socket);
        if (!swallowed || lost.size === 2) end();
      };
      socket.on("error", gone);
      socket.on("close", gone);
    }
    const now = { ...faults };
    pump(client, upstream, {
      ...common(now),
      cutAt: value(now.cutToServer),
      swallowAt: now.swallowToServer,
      corruptAt: now.corruptToServer,
      swallowed: () => swallowed,
      cut,
      passed: (octets) => {
        count.toServer += octets;
      },
    });
    pump(upstream, client, {
      ...common(now),
      cutAt: value(now.cutToClient),
      swallowAt: now.swallowToClient,
      corruptAt: now.corruptToClient,
      swallowed: () => swallowed,
      cut,
      passed: (octets) => {
        count.toClient += octets;
      },
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const proxy: ChaosProxy = {
    port: typeof address === "object" && address ? address.port : 0,
    faults,
    count,
    target,
    cutAll: () => {
      for (const cut of [...pairs]) cut();
    },
    swallowAll: () => {
      for (const swallow of holes) swallow();
    },
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const cut of [...pairs]) cut();
      }),
  };
  return proxy;
}

const value = (cut: Faults["cutToServer"]) => (typeof cut === "function" ? cut() : cut);
const common = ({ delayMs, bytesPerSecond }: Faults) => ({ delayMs, bytesPerSecond });

interface Pump {
  delayMs: number;
  bytesPerSecond: number | null;
  cutAt: number | null;
  swallowAt: number | null;
  corruptAt: number | null;
  swallowed: () => boolean;
  cut: () => void;
  passed: (octets: number) => void;
}

/** One direction. Chunks leave in order, whatever they are made to wait for. */
function pump(from: net.Socket, to: net.Socket, wish: Pump): void {
  let seen = 0;
  let line: Promise<unknown> = Promise.resolve();
  from.on("data", (chunk: Buffer) => {
    const start = seen;
    seen += chunk.length;
    // One chunk at a time: what waits here holds up its sender, as a slow line does.
    from.pause();
    line = line
      .then(() => pass(start, chunk))
      .finally(() => from.resume())
      .catch(() => {});
  });
  from.on("end", () => {
    line = line.then(() => wish.swallowAt === null && !wish.swallowed() && to.end()).catch(() => {});
  });

  async function pass(start: number, chunk: Buffer) {
    if (wish.delayMs > 0) await pause(wish.delayMs);
    if (wish.swallowed()) return;
    const until = Math.min(wish.cutAt ?? Number.POSITIVE_INFINITY, wish.swallowAt ?? Number.POSITIVE_INFINITY);
    const part = chunk.subarray(0, Math.max(0, Math.min(chunk.length, until - start)));
    await send(corrupted(part, start));
    if (wish.cutAt === null || start + chunk.length < wish.cutAt) return;
    // What passed before the cut arrives: a reset would take along what is still in this process.
    await new Promise<void>((done) => to.write("", () => done()));
    await pause(5);
    wish.cut();
  }

  async function send(part: Buffer) {
    const step = wish.bytesPerSecond === null ? part.length : Math.max(1, Math.ceil(wish.bytesPerSecond / 20));
    for (let at = 0; at < part.length; at += step) {
      const piece = part.subarray(at, at + step);
      wish.passed(piece.length);
      if (!to.destroyed && !to.write(piece)) await once(to);
      if (wish.bytesPerSecond !== null) await pause(50);
    }
  }

  function corrupted(part: Buffer, start: number): Buffer {
    const at = wish.corruptAt === null ? -1 : wish.corruptAt - start;
    if (at < 0 || at >= part.length) return part;
    const copy = Buffer.from(part);
    copy[at] = (copy[at] ?? 0) ^ 0x20;
    return copy;
  }
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
const once = (to: net.Socket) =>
  new Promise<void>((done) => {
    to.once("drain", done);
    to.once("close", done);
  });
