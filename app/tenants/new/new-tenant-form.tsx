// Name, short name, time zone and site of a new tenant.
"use client";
import { useForm } from "react-hook-form";
import { Button } from "@/app/_ui/button";
import { ButtonLink } from "@/app/_ui/button-link";
import { checkedBy } from "@/app/_ui/checked-by";
import { filled } from "@/app/_ui/filled";
import { FormFault } from "@/app/_ui/form-fault";
import { Select, TextInput } from "@/app/_ui/inputs";
import { TimeZoneInput } from "@/app/_ui/time-zone-input";
import { useAnswerForm } from "@/app/_ui/use-answer-form";
import { useGoOn } from "@/app/_ui/use-go-on";
import { makeTenant } from "../actions";

const checked = checkedBy(() => import("@/domain/tenant/schema-edit").then((schema) => schema.tenantMake));

const written: Record<string, string> = { ä: "ae", ö: "oe", ü: "ue", ß: "ss", æ: "ae", œ: "oe", ø: "oe", ł: "l" };

/** Müller & Söhne GmbH → mueller-soehne, Café Noir → cafe-noir. */
const slugOf = (name: string) =>
  name
    .normalize("NFC")
    .toLowerCase()
    .replace(/[äöüßæœøł]/g, (letter) => written[letter] ?? letter)
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, " ")
    .trim()
    .replace(/\s+(gmbh|ltd|inc|ag|kg|llc|co|se|bv|sa|srl)$/u, "")
    .replaceAll(" ", "-")
    .slice(0, 63);

export function NewTenantForm({ sites, timeZone, zones }: { sites: string[]; timeZone: string; zones: string[] }) {
  const [going, goOn] = useGoOn();
  const form = useForm({
    resolver: checked,
    defaultValues: { name: "", slug: "", timeZone, site: sites[0] ?? "main" },
  });
  const { formState, setValue } = form;
  const register = filled(form);
  const { submit, answer, busy } = useAnswerForm(form, makeTenant, ({ slug }) => goOn(`/t/${slug}/setup/exchange`));
  const { errors } = formState;
  return (
    <form onSubmit={submit} className="grid gap-5" noValidate>
      <FormFault answer={answer} />
      <TextInput
        label="Name"
        // Whoever comes here asked for this form.
        autoFocus
        {...register("name", {
          onChange: (event) => {
            if (!formState.dirtyFields.slug) setValue("slug", slugOf(event.target.value));
          },
        })}
        error={errors.name?.message}
      />
      <TextInput
        label="Short name"
        mono
        help="Part of addresses and of the configuration file; it can’t be changed later."
        {...register("slug")}
        error={errors.slug?.message}
      />
      <TimeZoneInput zones={zones} {...register("timeZone")} error={errors.timeZone?.message} />
      {sites.length > 1 && (
        <Select
          label="Site"
          help="Which workers serve it."
          options={sites.map((site) => ({ value: site, label: site }))}
          {...register("site")}
          error={errors.site?.message}
        />
      )}
      <div className="flex gap-2">
        <Button type="submit" kind="primary" busy={going ? "Going on" : busy && "Creating"}>
          Create and go on
        </Button>
        <ButtonLink href="/tenants" kind="ghost">
          Cancel
        </ButtonLink>
      </div>
    </form>
  );
}
