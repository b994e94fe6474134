// Another client at a mailbox: it signs in by hand and stays.
import net from "node:net";

export function holdSession(port: number, user: string, password: string): Promise<net.Socket> {
  return new Promise((done, failed) => {
    const socket = net.connect(port, "127.0.0.1");
    let step = 0;
    socket.on("error", failed);
    socket.on("data", () => {
      step += 1;
      if (step === 1) socket.write(`USER ${user}\r\n`);
      if (step === 2) socket.write(`PASS ${password}\r\n`);
      if (step === 3) done(socket);
    });
  });
}
