// The address that a link is mailed to.
"use client";
import { useActionState } from "react";
import { Button } from "@/app/_ui/button";
import { ButtonLink } from "@/app/_ui/button-link";
import { FormFault, faultAt } from "@/app/_ui/form-fault";
import { KeptInput } from "@/app/_ui/inputs";
import { Banner } from "@/app/_ui/state";
import { askForLink } from "../actions";

export function ForgottenForm() {
  const [answer, submit, pending] = useActionState(askForLink, null);
  if (answer?.ok)
    return (
      <>
        <Banner live state="flowing" title="Look into your mailbox.">
          If {answer.data.email} may sign in here, a link is on its way. It works once, for an hour, and only the newest
          one. Nothing there? Look among the spam, and ask whoever runs Mailferry which address you have here.
        </Banner>
        <ButtonLink href="/sign-in">Back to the sign-in</ButtonLink>
      </>
    );
  return (
    <form action={submit} className="grid gap-5" noValidate>
      {answer && !answer.ok && !answer.fields && <FormFault answer={answer} />}
      <KeptInput
        label="Email"
        name="email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        error={faultAt(answer, "email")}
      />
      <div className="flex gap-2">
        <Button type="submit" kind="primary" busy={pending && "Asking"}>
          Mail me a link
        </Button>
        <ButtonLink href="/sign-in">Back</ButtonLink>
      </div>
    </form>
  );
}
