// Changes the password by the present one.
"use client";
import { useForm } from "react-hook-form";
import { Button } from "@/app/_ui/button";
import { checkedBy } from "@/app/_ui/checked-by";
import { FormFault } from "@/app/_ui/form-fault";
import { PasswordInput } from "@/app/_ui/password-input";
import { Banner } from "@/app/_ui/state";
import { useAnswerForm } from "@/app/_ui/use-answer-form";
import { changePassword } from "./actions";

const checked = checkedBy(() => import("@/domain/person/schema").then((schema) => schema.passwordChange));

export function PasswordForm({ email }: { email: string }) {
  const form = useForm({ resolver: checked, defaultValues: { present: "", password: "" } });
  const { submit, answer, busy } = useAnswerForm(form, changePassword, () => form.reset());
  const { errors } = form.formState;
  return (
    <form onSubmit={submit} noValidate className="grid max-w-[420px] gap-5">
      <input type="hidden" autoComplete="username" value={email} readOnly />
      {answer && !answer.ok && !answer.fields && <FormFault answer={answer} />}
      <PasswordInput
        label="Present password"
        autoComplete="current-password"
        {...form.register("present")}
        error={errors.present?.message}
      />
      <PasswordInput
        label="New password"
        help="At least 12 characters. A few words in a row are fine."
        {...form.register("password")}
        error={errors.password?.message}
      />
      {answer?.ok && <Banner live state="flowing" title={endedWords(answer.data.ended)} />}
      <div>
        <Button type="submit" busy={busy && "Changing"}>
          Change password
        </Button>
      </div>
    </form>
  );
}

const endedWords = (ended: number) =>
  ended === 0
    ? "Your password is changed."
    : `Your password is changed. ${ended === 1 ? "1 other session was" : `${ended} other sessions were`} signed out.`;
