// The browser's half of passkeys. The library comes when somebody presses the button, not with the page.
"use client";
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from "@simplewebauthn/browser";

/** What is absent must not travel as "undefined". */
const plainly = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

export const hasPasskeys = (): boolean => typeof PublicKeyCredential === "function";

/** Asks the device to sign; null when the person stopped it or there is no such passkey. */
export async function signWithPasskey(
  optionsJSON: PublicKeyCredentialRequestOptionsJSON,
): Promise<AuthenticationResponseJSON | null> {
  const { startAuthentication } = await import("@simplewebauthn/browser");
  return startAuthentication({ optionsJSON }).then(plainly, () => null);
}

/** Asks the device to make one. A sentence where it did not. */
export async function makePasskey(
  optionsJSON: PublicKeyCredentialCreationOptionsJSON,
): Promise<RegistrationResponseJSON | string> {
  const { startRegistration } = await import("@simplewebauthn/browser");
  return startRegistration({ optionsJSON }).then(plainly, (error: unknown) =>
    error instanceof Error && error.name === "InvalidStateError"
      ? "This device has a passkey for you already."
      : "The device made no passkey. Try again, or take another device.",
  );
}

export const noPasskeySigned = "No passkey was used. Try again, or take another way.";
