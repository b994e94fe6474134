// Name and password of the person who was invited.
"use client";
import { useActionState } from "react";
import { Button } from "@/app/_ui/button";
import { FormFault, faultAt } from "@/app/_ui/form-fault";
import { KeptInput } from "@/app/_ui/inputs";
import { PasswordInput } from "@/app/_ui/password-input";
import { setPassword } from "./actions";

export function InvitationForm({ token, email, name }: { token: string; email: string; name: string }) {
  const [answer, submit, pending] = useActionState(setPassword, null);
  return (
    <form action={submit} className="grid gap-5" noValidate>
      <input type="hidden" name="token" value={token} />
      <input type="hidden" autoComplete="username" value={email} readOnly />
      <FormFault answer={answer} />
      <KeptInput label="Name" name="name" autoComplete="name" initial={name} error={faultAt(answer, "name")} />
      <PasswordInput
        label="Password"
        name="password"
        help="At least 12 characters. A few words in a row are fine."
        error={faultAt(answer, "password")}
      />
      <Button type="submit" kind="primary" busy={pending && "Saving"}>
        Save and sign in
      </Button>
    </form>
  );
}
