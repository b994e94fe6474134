// Adds a person by e-mail address and role; used for members of a tenant and for people of the platform.
"use client";
import { useForm } from "react-hook-form";
import type { Answer } from "@/app/_server/answer";
import { Button } from "./button";
import { checkedBy } from "./checked-by";
import { FormFault } from "./form-fault";
import { Select, TextInput } from "./inputs";
import { roleChoices } from "./role-words";
import { Banner } from "./state";
import { useAnswerForm } from "./use-answer-form";

const checked = checkedBy(() => import("@/domain/person/schema").then((schema) => schema.memberAdd));

export interface AddedPerson {
  email: string;
  link: { url: string; kind: "invitation" | "reset" } | null;
}

export function AddPerson({
  title,
  button,
  add,
  onAdded,
}: {
  title: string;
  button: string;
  add: (input: unknown) => Promise<Answer<AddedPerson>>;
  onAdded: (added: AddedPerson) => void;
}) {
  const form = useForm({ resolver: checked, defaultValues: { email: "", role: "viewer" as const } });
  const { submit, answer, busy } = useAnswerForm(form, add, (added) => {
    onAdded(added);
    form.reset();
  });
  const { errors } = form.formState;
  return (
    <section aria-label={title} className="grid gap-4">
      <h2 className="font-semibold">{title}</h2>
      <form
        onSubmit={submit}
        noValidate
        className="grid items-start gap-4 md:grid-cols-[minmax(0,320px)_minmax(0,420px)_auto]"
      >
        <TextInput label="Email" type="email" {...form.register("email")} error={errors.email?.message} />
        <Select label="Role" options={roleChoices} {...form.register("role")} error={errors.role?.message} />
        <Button type="submit" kind="primary" busy={busy && "Adding"} className="md:mt-[28px] md:justify-self-start">
          {button}
        </Button>
      </form>
      {answer && !answer.ok && !answer.fields && <FormFault answer={answer} />}
      {answer?.ok && !answer.data.link && (
        <Banner
          live
          state="flowing"
          title={`${answer.data.email} is added and signs in with the password they have.`}
        />
      )}
    </section>
  );
}
