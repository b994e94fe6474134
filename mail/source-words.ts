// What went wrong at a provider, in words that people understand: connection faults, refused sign-ins, hints.
import { SourceFault, type SourceFaultKind, type SourceSettings } from "./source";
import { WireFault } from "./wire";

type Place = Pick<SourceSettings, "host" | "port" | "protocol" | "tls" | "username" | "wish">;

/** Text from the network: one line, printable, bounded. */
export const words = (text: string, bound = 500): string =>
  text
    .slice(0, bound)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\s]+/gu, " ")
    .trim();

/** Any fault below a session → a SourceFault. */
export function sourceFaultOf(error: unknown, place: Place): unknown {
  if (!(error instanceof WireFault)) return error;
  const where = `${place.host} port ${place.port}`;
  const said = words(error.message);
  switch (error.kind) {
    case "certificate":
      return new SourceFault(
        "certificate",
        `The certificate of ${place.host} can't be trusted: ${said}. Mailferry sent no password.`,
        "",
        { certificate: error.certificate },
      );
    case "tls":
      return new SourceFault("tls", `No encryption with ${where}: ${said}.${tlsHint(place, said)}`);
    case "protocol":
      return new SourceFault("protocol", `${where} sent ${said}.`);
    case "timeout":
      return new SourceFault("unreachable", `${where} did not answer: ${said}.${silenceHint(place)}`, "", {
        why: "timeout",
      });
    case "unreachable":
      return new SourceFault("unreachable", `${where} can't be reached: ${said}.`, "", { why: said });
    case "cut":
      return new SourceFault("unreachable", `The connection to ${where} broke: ${said}.`, "", { why: "cut" });
    case "aborted":
      return new SourceFault("unreachable", `The session with ${place.host} was stopped.`, "", { why: "aborted" });
  }
}

/** A sign-in that was answered with no: whose fault it is decides what happens next. */
export function signInFault(kind: SourceFaultKind, place: Place, reply: string): SourceFault {
  const said = words(reply);
  if (kind === "busy")
    return new SourceFault(
      "busy",
      `${place.host} does not let ${place.username} in at the moment: ${said || "no reason given"}.`,
      said,
    );
  const hint = refusedHint(place, said);
  return new SourceFault(
    "refused",
    `${place.host} refused the user name or password of ${place.username}.${hint && ` ${hint}`}`,
    said,
    hint ? { hint } : {},
  );
}

/** Words of servers that have no response codes: another session, too many sign-ins, maintenance. */
export const soundsBusy = (text: string): boolean =>
  /\bin use\b|already (open|locked|logged)|(mailbox|maildrop|mail ?drop) (is )?(busy|locked|lock)|lock busy|(unable|can'?t|could not|failed) to (get |obtain |acquire )?(a )?lock|temporar|try (it )?again|too many (connections|sessions|logins|sign)|unavailable|maintenance|login (delay|too)|minutes? between|rate limit/i.test(
    text,
  );

export const withoutControl = (what: string, text: string): string => {
  if (/[\r\n\0]/.test(text))
    throw new SourceFault("refused", `The ${what} has a line break in it, which no server takes.`);
  return text;
};

function refusedHint({ host, protocol }: Place, said: string): string {
  const name = protocol === "pop3" ? "POP3" : "IMAP";
  if (/application-specific|app(lication)? password/i.test(said) || /(^|\.)(gmail|googlemail|google)\.com$/i.test(host))
    return `Google takes an app password here, not the account's own; ${name} must be switched on in Gmail's settings.`;
  if (/(^|\.)(outlook|office365|hotmail|live)\.com$/i.test(host))
    return "Microsoft no longer takes passwords for most accounts here.";
  if (
    /(pop3?|imap4?)\b.{0,60}(disabled|not enabled|not allowed|deactivated|switched off|turned off|inactive)/i.test(
      said,
    ) ||
    /(^|\.)(gmx\.(net|de|at|ch|com)|web\.de|mail\.ru|yandex\.(ru|com)|libero\.it)$/i.test(host)
  )
    return `If both are right: ${name} may be switched off for this mailbox. Switch it on in the provider's webmail.`;
  return "";
}

const tlsHint = ({ protocol, tls }: Place, said: string): string => {
  if (!said.includes("does not speak TLS")) return "";
  const port = protocol === "pop3" ? 995 : 993;
  return tls === "implicit" ? ` Implicit TLS is usually on port ${port}; on this port choose StartTLS.` : "";
};

function silenceHint({ protocol, tls, port }: Place): string {
  const implicit = protocol === "pop3" ? 995 : 993;
  return tls !== "implicit" && port === implicit ? ` Port ${implicit} expects implicit TLS.` : "";
}
