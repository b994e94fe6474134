// One door to both protocols.
import { openImap } from "./imap";
import { openPop3 } from "./pop3";
import type { OpenSource } from "./source";

export const openSource: OpenSource = (settings, options) =>
  settings.protocol === "pop3" ? openPop3(settings, options) : openImap(settings, options);
