// A passkey, a code of the app, or a recovery code.
"use client";
import { useActionState } from "react";
import { Button } from "@/app/_ui/button";
import { FormFault, faultAt } from "@/app/_ui/form-fault";
import { KeptInput } from "@/app/_ui/inputs";
import { SoftLink } from "@/app/_ui/soft-link";
import { askSecondPasskey, finishByCode, finishByPasskey } from "../actions";
import { PasskeyButton } from "../passkey-button";

export function SecondForm({ next, passkey, app }: { next: string; passkey: boolean; app: boolean }) {
  const [answer, submit, pending] = useActionState(finishByCode, null);
  return (
    <>
      {passkey && (
        <PasskeyButton
          kind="primary"
          ask={() => askSecondPasskey({})}
          finish={(response) => finishByPasskey({ response, next })}
        >
          Use a passkey
        </PasskeyButton>
      )}
      <form action={submit} className="grid gap-5" noValidate>
        <input type="hidden" name="next" value={next} />
        {answer && !answer.ok && !answer.fields && <FormFault answer={answer} />}
        <KeptInput
          label="Code"
          name="code"
          mono
          autoComplete="one-time-code"
          autoCapitalize="characters"
          help={
            app ? "Of your authenticator app, or a recovery code." : "A recovery code, if you have no passkey here."
          }
          error={faultAt(answer, "code")}
        />
        <Button type="submit" kind={passkey ? "secondary" : "primary"} busy={pending && "Checking"}>
          Sign in
        </Button>
        <p className="text-soft text-table">
          Neither at hand? Whoever runs Mailferry can remove your second factor.{" "}
          <SoftLink href="/sign-in" className="underline underline-offset-2">
            Sign in as somebody else
          </SoftLink>
        </p>
      </form>
    </>
  );
}
