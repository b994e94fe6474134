// A run that takes long tells where it stands: by itself nobody sees whether a disk, a mailbox, a queue or a server is waited for.
export interface Stand {
  /** what is done from now on; `more`: what else is to be said of it when it takes long */
  at(what: string, more?: () => Promise<string>): void;
  end(): void;
}

const everyMs = 60_000;

export function watchStand(say: (line: string) => void): Stand {
  let what = "";
  let since = Date.now();
  let more: () => Promise<string> = async () => "";
  const tell = async () => {
    const words = await more().catch((error) => String(error));
    const seconds = Math.round((Date.now() - since) / 1000);
    say(`  ${what} since ${seconds} s${words === "" ? "" : `: ${words}`}`);
  };
  const timer = setInterval(() => void tell(), everyMs);
  return {
    at: (now, then = async () => "") => {
      what = now;
      more = then;
      since = Date.now();
      timer.refresh();
    },
    end: () => clearInterval(timer),
  };
}
