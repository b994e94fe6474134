// The pieces that every configured value is made of. CR, LF and NUL are refused here, and again at the wire.
import { z } from "zod";
import { isAddress, isDomain } from "@/mail/address";

const control = /[\p{Cc}\u2028\u2029]/u;

/** One line of text. `what` is the field's name in messages. */
export const line = (what: string, max = 255) =>
  z
    .string({ error: `${what} must be text.` })
    .trim()
    .max(max, `${what} is longer than ${max} characters: shorten it.`)
    .refine(
      (text) => !control.test(text),
      `${what} holds a line break or another control character: type it again by hand.`,
    );

/** A secret: kept as typed, but no CR, LF or NUL, which no protocol could carry. */
export const secretText = (what: string) =>
  z
    .string()
    .max(1024, `${what} is longer than 1024 characters.`)
    .refine((text) => !/[\r\n\0]/.test(text), `${what} holds a line break: paste it again without.`);

export const address = (what: string) =>
  line(what, 254).refine(isAddress, {
    error: (issue) =>
      issue.input === ""
        ? `${what} is empty: write an address like postmaster@contoso.example.`
        : `${what}: “${String(issue.input)}” is no e-mail address. Write it like postmaster@contoso.example.`,
  });

export const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){4}$/;
/** Whether a host is an IP address in either form; good enough to choose a default, the worker checks exactly. */
export const isIpAddress = (host: string): boolean => ipv4.test(host) || /^\[?[0-9a-f:]*:[0-9a-f:.]*\]?$/i.test(host);

export const host = (what: string) =>
  line(what, 253)
    .min(1, `${what} is empty: give a name like mail.contoso.example or an IP address.`)
    .transform((text) => text.replace(/^\[(.*)\]$/, "$1").toLowerCase())
    .refine((text) => isIpAddress(text) || isDomain(text), {
      error: (issue) =>
        `${what}: “${String(issue.input)}” is neither a host name nor an IP address. Leave out http:// and any port.`,
    });

export const whole = (what: string, min: number, max: number, unit = "") =>
  z.coerce
    .number<number | string>({ error: `${what} must be a number.` })
    .int(`${what} must be a whole number.`)
    .min(min, `${what} must be at least ${min}${unit && ` ${unit}`}.`)
    .max(max, `${what} must be at most ${max}${unit && ` ${unit}`}.`);

export const port = (what: string) => whole(what, 1, 65535);

const pin = /^sha256:[0-9a-f]{64}$/;
/** `any`, `system` or a pin; a fingerprint may be typed with colons and capitals. */
export const certificateRule = z
  .string()
  .trim()
  .transform((text) =>
    text.toLowerCase().startsWith("sha256:") ? `sha256:${text.slice(7).replace(/[:\s]/g, "")}`.toLowerCase() : text,
  )
  .refine((text) => text === "any" || text === "system" || pin.test(text), {
    error:
      "Certificate is “any”, “system”, or “sha256:” and the 64 hexadecimal digits of the certificate's fingerprint.",
  });
