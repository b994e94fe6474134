// The two ways in which a connection begins, each with its deadline: a TCP connection, and a TLS handshake over one.
import net from "node:net";
import tls from "node:tls";
import { type TlsWish, tlsOptions, tlsWords } from "./certificate";
import { seconds, stopped, systemWords, WireFault } from "./wire-fault";

/** To an address that was already resolved and checked. Throws WireFault after `timeoutMs` or when refused. */
export function dial(
  target: { address: string; port: number },
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<net.Socket> {
  if (signal?.aborted) return Promise.reject(stopped());
  return new Promise((done, failed) => {
    const socket = net.connect({ host: target.address, port: target.port, noDelay: true, keepAlive: true });
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      socket.off("error", refused);
    };
    const fail = (fault: WireFault) => {
      settle();
      socket.on("error", () => {});
      socket.destroy();
      failed(fault);
    };
    const refused = (error: NodeJS.ErrnoException) => fail(new WireFault("unreachable", systemWords(error)));
    const abort = () => fail(stopped());
    const late = () => fail(new WireFault("timeout", `no connection within ${seconds(timeoutMs)}`));
    const timer = setTimeout(late, timeoutMs);
    signal?.addEventListener("abort", abort, { once: true });
    socket.once("error", refused);
    socket.once("connect", () => {
      settle();
      done(socket);
    });
  });
}

/** Throws WireFault `tls` or `timeout`. `stoppable` is given a way to end it from outside. */
export function handshake(
  plain: net.Socket,
  wish: TlsWish,
  timeoutMs: number,
  stoppable: (stop: (fault: WireFault) => void) => void,
): Promise<tls.TLSSocket> {
  return new Promise((done, failed) => {
    plain.on("error", () => {});
    const secure = tls.connect({ socket: plain, ...tlsOptions(wish) });
    const settle = () => {
      clearTimeout(timer);
      secure.off("error", broken);
      secure.off("close", closed);
    };
    const fail = (fault: WireFault) => {
      settle();
      secure.on("error", () => {});
      secure.destroy();
      failed(fault);
    };
    const broken = (error: NodeJS.ErrnoException) => fail(new WireFault("tls", tlsWords(error)));
    const closed = () => fail(new WireFault("tls", "the server closed the connection during the TLS handshake"));
    const late = () => fail(new WireFault("timeout", `the TLS handshake did not end within ${seconds(timeoutMs)}`));
    const timer = setTimeout(late, timeoutMs);
    stoppable(fail);
    secure.once("error", broken);
    secure.once("close", closed);
    secure.once("secureConnect", () => {
      settle();
      done(secure);
    });
  });
}
