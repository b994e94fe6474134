// What is under Advanced: encryption beyond the box, the certificate, sign-in, limits.
"use client";
import { useFormContext, useWatch } from "react-hook-form";
import { Checkbox, RadioGroup } from "@/app/_ui/choices";
import { NumberInput, Select, TextInput } from "@/app/_ui/inputs";
import { PasswordInput } from "@/app/_ui/password-input";
import { passwordNeededAgain } from "@/domain/exchange/password-again";
import type { ExchangeSettings } from "@/domain/exchange/schema";
import { Certificate } from "./certificate-fields";
import type { ExchangeFormProps, FormValues } from "./exchange-form";
import { labelOf, labels } from "./labels";
import type { PageExchange } from "./page-exchange";

export interface AdvancedProps extends ExchangeFormProps {
  base: PageExchange;
}

export function AdvancedFields(props: AdvancedProps) {
  return (
    <>
      <Encryption {...props} />
      <SignIn {...props} />
      <Limits {...props} />
    </>
  );
}

function Encryption({ mayEdit }: AdvancedProps) {
  const {
    register,
    setValue,
    getValues,
    formState: { errors },
  } = useFormContext<FormValues>();
  const tls = useWatch<FormValues, "tls">({ name: "tls" });
  const choose = (wanted: string) => {
    const next = wanted === "require" || wanted === "implicit" ? wanted : tls === "off" ? "off" : "allow";
    const port = String(getValues("port"));
    if (next === "implicit" && port === "25") setValue("port", 465, { shouldDirty: true });
    if (next !== "implicit" && tls === "implicit" && port === "465") setValue("port", 25, { shouldDirty: true });
    setValue("tls", next, { shouldDirty: true, shouldValidate: true });
  };
  return (
    <>
      <RadioGroup
        label={labels.tls}
        disabled={!mayEdit}
        name="encryption"
        options={[
          { value: "everyday", label: "As the box Allow StartTLS says" },
          { value: "require", label: "Require StartTLS", help: "A server that doesn't offer it gets no mail." },
          {
            value: "implicit",
            label: "Implicit TLS",
            help: "Encrypted from the first byte, usually on port 465. Other programs call it SSL or SSL/TLS.",
          },
        ]}
        onChange={(event) => choose(event.target.value)}
        chosen={tls === "require" || tls === "implicit" ? tls : "everyday"}
      />
      <Certificate mayEdit={mayEdit} />
      <Select
        label={labels.oldestTls}
        id="field-oldestTls"
        disabled={!mayEdit}
        options={[
          { value: "1.2", label: "TLS 1.2" },
          { value: "1.0", label: "TLS 1.0, for old servers" },
        ]}
        help="Exchange 2010 on an unpatched Windows knows nothing newer than 1.0."
        error={errors.oldestTls?.message}
        {...register("oldestTls")}
      />
    </>
  );
}

function SignIn({ base, mayEdit }: AdvancedProps) {
  const {
    register,
    setValue,
    formState: { errors },
  } = useFormContext<FormValues>();
  const values = useWatch<FormValues>() as FormValues;
  const forget = values.forgetPassword === true;
  // Numbers may still be text while they are typed; only what decides about the password is compared.
  const again = base.hasPassword
    ? passwordNeededAgain(base.settings, { ...(values as ExchangeSettings), port: Number(values.port) })
    : [];
  const needed = again.length > 0 && values.username !== "" && !values.password;
  return (
    <>
      <TextInput
        label={labels.username}
        id="field-username"
        mono
        readOnly={!mayEdit}
        help="Empty on port 25, where Exchange takes mail without a sign-in. On 587 an account that may send for others."
        error={errors.username?.message}
        {...register("username")}
      />
      <PasswordInput
        label="Password"
        id="field-password"
        readOnly={!mayEdit || forget}
        placeholder={base.hasPassword && !forget ? "stored: leave empty to keep it" : ""}
        help={
          needed
            ? `${again.map((field) => labelOf(field)).join(" and ")} changed: give the password again, it is used only where it was saved for.`
            : undefined
        }
        error={errors.password?.message}
        {...register("password")}
      />
      {base.hasPassword && mayEdit && (
        <Checkbox
          label="Forget the stored password"
          checked={forget}
          onChange={(event) => {
            setValue("forgetPassword", event.target.checked, { shouldDirty: true });
            if (event.target.checked) setValue("password", "");
          }}
        />
      )}
    </>
  );
}

function Limits({ mayEdit }: AdvancedProps) {
  const {
    register,
    setValue,
    formState: { errors },
  } = useFormContext<FormValues>();
  const paused = useWatch<FormValues, "paused">({ name: "paused" });
  return (
    <>
      <NumberInput
        label={labels.maxConnections}
        id="field-maxConnections"
        readOnly={!mayEdit}
        help="With 1, mails are delivered strictly in the order of their arrival."
        error={errors.maxConnections?.message}
        {...register("maxConnections")}
      />
      <NumberInput
        label={labels.giveUpAfterHours}
        id="field-giveUpAfterHours"
        unit="hours"
        readOnly={!mayEdit}
        help="Then a mail that is refused again and again moves to BADMAIL. Only time in which the server works counts."
        error={errors.giveUpAfterHours?.message}
        {...register("giveUpAfterHours")}
      />
      <Select
        label={labels.uncertain}
        id="field-uncertain"
        disabled={!mayEdit}
        options={[
          { value: "resend", label: "Send the mail again" },
          { value: "hold", label: "Hold it until a person decides" },
        ]}
        help="When the connection breaks before Exchange confirms a mail, nobody knows whether it took it. Sending again may make a second copy; Exchange drops most of them."
        error={errors.uncertain?.message}
        {...register("uncertain")}
      />
      <Checkbox
        label={labels.paused}
        id="field-paused"
        checked={paused}
        disabled={!mayEdit}
        onChange={(event) => setValue("paused", event.target.checked, { shouldDirty: true })}
        help="Mail is still collected, and waits here."
      />
    </>
  );
}
