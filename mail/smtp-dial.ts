// Reaching an SMTP server: what may not even be dialled, then its addresses in order until one takes the connection.
import { SmtpFault, type SmtpOptions, type SmtpSettings } from "./smtp";
import { Talk } from "./smtp-talk";
import { type OnWire, Wire, WireFault } from "./wire";

export async function dial(settings: SmtpSettings, { onWire = () => {}, signal }: SmtpOptions): Promise<Talk> {
  const before = (stage: "connect" | "ehlo" | "auth", kind: "tls" | "protocol", words: string) =>
    new SmtpFault(stage, kind, words, null, false);
  if (/[\p{Cc}\s]/u.test(settings.heloName) || settings.heloName === "")
    throw before("ehlo", "protocol", "HELO Domain is empty or holds a character that no name may hold. Correct it.");
  if (settings.username !== "" && settings.tls === "off")
    throw before("auth", "tls", "A password is never sent unencrypted: tick Allow StartTLS, or empty User name.");
  if (settings.username !== "" && settings.wish.certificate === "any")
    throw before(
      "auth",
      "tls",
      "A password is never sent to an unchecked certificate: check or trust the server's own.",
    );
  return new Talk(await reach(settings, onWire, signal), settings, onWire);
}

/** The first address that can be reached, all within the one timeout: each gets its share of what is left of it. */
async function reach(settings: SmtpSettings, onWire: OnWire, signal?: AbortSignal): Promise<Wire> {
  const { host, address, others = [], port, timeoutMs } = settings;
  const all = [address, ...others];
  const end = Date.now() + timeoutMs;
  for (const [n, one] of all.entries()) {
    onWire({ kind: "step", text: `Connecting to ${host} (${one}), port ${port}` });
    const share = Math.max(1, Math.round((end - Date.now()) / (all.length - n)));
    try {
      const wire = await Wire.connect({ address: one, port }, timeoutMs, signal, share);
      onWire({ kind: "ok", text: "Connected" });
      return wire;
    } catch (error) {
      if (!(error instanceof WireFault)) throw error;
      onWire({ kind: "fail", text: error.message });
      if (n + 1 < all.length && (error.kind === "unreachable" || error.kind === "timeout")) continue;
      const where = all.length > 1 ? ` at any of its ${all.length} addresses` : "";
      const words = `${host}:${port} can't be reached${where}: ${error.message}.`;
      throw new SmtpFault("connect", error.kind, words, null, false);
    }
  }
  throw new SmtpFault("connect", "unreachable", `${host} has no address.`, null, false);
}
