// Buttons and fields of the design page, in each of their states: as they are, with help, with a fault, read only, disabled, busy.
"use client";
import { Button } from "@/app/_ui/button";
import { ButtonLink } from "@/app/_ui/button-link";
import { Checkbox, RadioGroup } from "@/app/_ui/choices";
import { CopyButton } from "@/app/_ui/copy-button";
import { NumberInput, Select, Textarea, TextInput } from "@/app/_ui/inputs";
import { PasswordInput } from "@/app/_ui/password-input";

const kinds = ["primary", "secondary", "danger", "ghost"] as const;

export function Controls() {
  return (
    <div className="grid gap-6">
      <Buttons />
      <Fields />
    </div>
  );
}

const Buttons = () => (
  <div className="grid gap-3">
    {(["normal", "small"] as const).map((size) => (
      <div key={size} className="flex flex-wrap gap-2">
        {kinds.map((kind) => (
          <Button key={kind} kind={kind} size={size}>
            {kind} {size}
          </Button>
        ))}
      </div>
    ))}
    <div className="flex flex-wrap gap-2">
      <Button kind="primary" busy="Saving">
        Save
      </Button>
      <Button disabled>Disabled</Button>
      <ButtonLink href="#content">A link that looks like one</ButtonLink>
      <CopyButton text="Get-MessageTrackingLog" />
    </div>
  </div>
);

const modes = [
  { value: "system", label: "Verified by this system", help: "With help of its own." },
  { value: "any", label: "Any" },
  { value: "off", label: "Disabled", disabled: true },
];

const Fields = () => (
  <>
    <TextInput label="Exchange Server" mono placeholder="mail.contoso.example" help="Help stands below the field." />
    <TextInput
      label="With a fault"
      defaultValue="mail contoso"
      error="“mail contoso” has a space: give a host name or an IP address."
    />
    <TextInput label="Read only" defaultValue="mail.contoso.example" readOnly />
    <TextInput label="Disabled" defaultValue="mail.contoso.example" disabled />
    <NumberInput label="Timeout" defaultValue="60" unit="seconds" />
    <PasswordInput label="Password" />
    <Select label="Allow StartTLS" options={modes} />
    <Textarea label="A mail to try" mono defaultValue={"From: a@contoso.example\nSubject: Hello"} />
    <Checkbox label="Notify the postmaster" help="And what he is told." defaultChecked />
    <Checkbox label="With a fault" error="Tick it, or leave the address empty." />
    <RadioGroup label="Certificate" name="certificate" options={modes} />
  </>
);
