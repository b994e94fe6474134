// TLS for a source by the mailbox's rules, told line by line.
import type { SourceSettings } from "./source";
import type { OnWire, Wire } from "./wire";
import { WireFault } from "./wire";

/** Throws WireFault; nothing is sent to a certificate that the rule doesn't accept. */
export async function secure(wire: Wire, settings: SourceSettings, onWire: OnWire): Promise<void> {
  onWire({ kind: "step", text: "TLS handshake" });
  try {
    const accepted = await wire.startTls(settings.wish);
    const certificate = wire.tlsFacts;
    onWire({
      kind: "certificate",
      text: `${certificate?.tlsVersion ?? "TLS"}, ${certificate?.subject ?? "no certificate"}`,
      facts: { certificate, accepted },
    });
  } catch (error) {
    if (error instanceof WireFault && error.certificate)
      onWire({
        kind: "certificate",
        text: `${error.certificate.subject}: ${error.message}`,
        facts: { certificate: error.certificate, accepted: null },
      });
    throw error;
  }
}
