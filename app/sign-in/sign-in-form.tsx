// The two fields. A plain form: it works before scripts are there, and without them.
"use client";
import { useActionState } from "react";
import { Button } from "@/app/_ui/button";
import { FormFault, faultAt } from "@/app/_ui/form-fault";
import { KeptInput } from "@/app/_ui/inputs";
import { PasswordInput } from "@/app/_ui/password-input";
import { SoftLink } from "@/app/_ui/soft-link";
import { Banner } from "@/app/_ui/state";
import { askAnyPasskey, enterByPasskey, signIn } from "./actions";
import { PasskeyButton } from "./passkey-button";

interface Props {
  next: string;
  error: string | undefined;
  passkeys: boolean;
  /** links can be mailed */
  mails: boolean;
}

export function SignInForm({ next, error, passkeys, mails }: Props) {
  const [answer, submit, pending] = useActionState(signIn, null);
  return (
    <div className="grid gap-5">
      <form action={submit} className="grid gap-5" noValidate>
        <input type="hidden" name="next" value={next} />
        {!answer && error && <Banner state="stopped" title={error} />}
        <FormFault answer={answer} />
        <KeptInput
          label="Email"
          name="email"
          type="email"
          autoComplete="username"
          autoCapitalize="none"
          // Signing in is all that this page is for.
          autoFocus
          required
          error={faultAt(answer, "email")}
        />
        <PasswordInput
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          error={faultAt(answer, "password")}
        />
        <Button type="submit" kind="primary" busy={pending && "Signing in"}>
          Sign in
        </Button>
        {mails ? (
          <p className="text-table">
            <SoftLink href="/sign-in/forgotten" className="underline underline-offset-2">
              Forgotten your password?
            </SoftLink>
          </p>
        ) : (
          <p className="text-soft text-table">
            Forgotten it? An administrator can make you a link that sets a new one.
          </p>
        )}
      </form>
      {passkeys && (
        <div className="border-line border-t pt-5">
          <PasskeyButton ask={() => askAnyPasskey({})} finish={(response) => enterByPasskey({ response, next })}>
            Sign in with a passkey
          </PasskeyButton>
        </div>
      )}
    </div>
  );
}
