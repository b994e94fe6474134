// Code, address, name and password of the first administrator.
"use client";
import { useActionState } from "react";
import { Button } from "@/app/_ui/button";
import { FormFault, faultAt } from "@/app/_ui/form-fault";
import { KeptInput } from "@/app/_ui/inputs";
import { PasswordInput } from "@/app/_ui/password-input";
import { makeFirstAdministrator } from "./actions";

export function FirstAdministratorForm() {
  const [answer, submit, pending] = useActionState(makeFirstAdministrator, null);
  return (
    <form action={submit} className="grid gap-5" noValidate>
      <FormFault answer={answer} />
      <KeptInput label="Code" name="code" mono autoCapitalize="characters" error={faultAt(answer, "code")} />
      <KeptInput label="Email" name="email" type="email" autoComplete="username" error={faultAt(answer, "email")} />
      <KeptInput label="Name" name="name" autoComplete="name" error={faultAt(answer, "name")} />
      <PasswordInput
        label="Password"
        name="password"
        help="At least 12 characters. A few words in a row are fine."
        error={faultAt(answer, "password")}
      />
      <Button type="submit" kind="primary" busy={pending && "Creating"}>
        Create administrator
      </Button>
    </form>
  );
}
