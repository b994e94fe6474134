// The proxy breaks what it is told to break and nothing else: rows of the fault matrix rest on that.
import net from "node:net";
import { afterEach, expect, it } from "vitest";
import { type ChaosProxy, type Faults, startProxy } from "./chaos-proxy";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A server that answers every octet with the same octet, and notes what it got. */
async function echo() {
  const got: Buffer[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (data) => {
      got.push(data);
      socket.write(data);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  closers.push(
    () =>
      new Promise((done) => {
        for (const socket of sockets) socket.destroy();
        server.close(done);
      }),
  );
  return { port: typeof address === "object" && address ? address.port : 0, got: () => Buffer.concat(got).toString() };
}

async function through(faults: Partial<Faults>) {
  const server = await echo();
  const proxy = await startProxy(server.port, faults);
  closers.push(() => proxy.stop());
  return { server, proxy, ...(await talk(proxy)) };
}

async function talk(proxy: ChaosProxy) {
  const socket = net.connect(proxy.port, "127.0.0.1");
  const parts: Buffer[] = [];
  let error = "";
  socket.on("data", (data) => parts.push(data));
  socket.on("error", (fault: Error & { code?: string }) => {
    error = fault.code ?? fault.message;
  });
  const closed = new Promise<void>((done) => socket.once("close", () => done()));
  closers.push(async () => socket.destroy());
  return { socket, closed, answered: () => Buffer.concat(parts).toString(), error: () => error };
}

const until = async (met: () => boolean, ms = 3000) => {
  for (const end = Date.now() + ms; !met() && Date.now() < end; ) await new Promise((done) => setTimeout(done, 10));
  expect(met()).toBe(true);
};

it("passes everything when nothing is wrong", async () => {
  const one = await through({});
  one.socket.write("hello");
  await until(() => one.answered() === "hello");
  one.socket.end();
  await one.closed;
  expect(one.error()).toBe("");
});

it("cuts towards the server at exactly that octet", async () => {
  const one = await through({ cutToServer: 3 });
  one.socket.write("hello");
  await one.closed;
  await until(() => one.server.got() === "hel");
  expect(one.proxy.count.cuts).toBe(1);
});

it("cuts towards the client at exactly that octet", async () => {
  const one = await through({ cutToClient: 4 });
  one.socket.write("hello");
  await one.closed;
  expect("hell".startsWith(one.answered())).toBe(true);
  expect(one.server.got()).toBe("hello");
});

it("asks for the place of each cut anew", async () => {
  const places: (number | null)[] = [2, null];
  const one = await through({ cutToServer: () => places.shift() ?? null });
  one.socket.write("abc");
  await one.closed;
  const two = await talk(one.proxy);
  two.socket.write("xyz");
  await until(() => two.answered() === "xyz");
});

it("half-open: what the server sends goes nowhere, and nobody is told", async () => {
  const one = await through({ swallowToClient: 2 });
  one.socket.write("hello");
  await until(() => one.server.got() === "hello");
  await until(() => one.answered() === "he");
  one.socket.write("more");
  await until(() => one.server.got() === "hellomore");
  expect(one.answered()).toBe("he");
  expect(one.proxy.count.open).toBe(1);
});

it("changes one octet", async () => {
  const one = await through({ corruptToServer: 1 });
  one.socket.write("hello");
  await until(() => one.server.got() === "hEllo");
});

it("delays, and throttles in order", async () => {
  const one = await through({ delayMs: 100, bytesPerSecond: 200 });
  const began = Date.now();
  one.socket.write("0123456789".repeat(5));
  await until(() => one.answered() === "0123456789".repeat(5));
  expect(Date.now() - began).toBeGreaterThan(300);
});

it("refuses, and cuts all that is open", async () => {
  const one = await through({});
  one.socket.write("a");
  await until(() => one.answered() === "a");
  one.proxy.cutAll();
  await one.closed;
  one.proxy.faults.refuse = true;
  const two = await talk(one.proxy);
  await two.closed;
  expect(two.answered()).toBe("");
});
