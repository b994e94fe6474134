// A new mailbox begins with its address: it fills in what was left empty, and known providers' servers are offered for it.
"use client";
import { useId, useRef, useState } from "react";
import { get, useFormContext, useWatch } from "react-hook-form";
import { Button } from "@/app/_ui/button";
import { Select, TextInput } from "@/app/_ui/inputs";
import { Mono } from "@/app/_ui/page";
import { providerOf, type Servers, serversOf, userNameAt } from "@/domain/mailbox/provider";
import { type Provider, providers } from "@/domain/mailbox/providers";
import type { FormValues } from "./mailbox-form";

/** What an address says by itself, without any server's name. */
const saidBy = (address: string) => ({
  name: address.slice(0, address.lastIndexOf("@")).slice(0, 64),
  username: userNameAt(providerOf(address), address),
});

/** `soleRecipient`: this form doesn't ask who gets the mail, so its fault stands here. */
export function AddressField({ soleRecipient }: { soleRecipient: boolean }) {
  const {
    setValue,
    getValues,
    formState: { errors },
  } = useFormContext<FormValues>();
  const [address, setAddress] = useState("");
  const [chosen, setChosen] = useState("");
  const before = useRef({ name: "", username: "", recipient: "" });
  const provider = providerOf(address) ?? providers.find(({ name }) => name === chosen) ?? null;
  const type = (text: string) => {
    const typed = text.trim();
    setAddress(typed);
    const next = { ...(typed.includes("@") ? saidBy(typed) : { name: "", username: "" }), recipient: typed };
    // What somebody typed into these fields stays: only what came from here follows.
    for (const key of ["name", "username"] as const)
      if (getValues(key) === before.current[key]) setValue(key, next[key], { shouldDirty: true });
    const recipients = getValues("recipients");
    if (recipients.mode === "single" && recipients.address === before.current.recipient)
      setValue("recipients", { mode: "single", address: typed }, { shouldDirty: true });
    before.current = next;
  };
  const fault = get(errors, "recipients.address") !== undefined;
  return (
    <>
      <TextInput
        label="Mailbox address"
        id={soleRecipient ? "field-recipients.address" : "field-mailbox-address"}
        mono
        type="email"
        autoComplete="off"
        placeholder="info@contoso.example"
        help="Fills in what is still empty below, and finds the servers of known providers."
        error={soleRecipient && fault ? "Give the mailbox's address, like info@contoso.example." : undefined}
        value={address}
        onChange={(event) => type(event.target.value)}
      />
      {address.includes("@") && providerOf(address) === null && (
        <Select
          label="Provider"
          help="An address of your own domain does not tell who runs the mailbox. Choose, or type the host below."
          value={chosen}
          onChange={(event) => setChosen(event.target.value)}
          options={[
            { value: "", label: "Another one" },
            ...providers.map(({ name }) => ({ value: name, label: name })),
          ]}
        />
      )}
      {provider && <Offer provider={provider} address={address} />}
    </>
  );
}

/** Nothing of it is in the form before somebody presses a button. */
function Offer({ provider, address }: { provider: Provider; address: string }) {
  const id = useId();
  const { setValue } = useFormContext<FormValues>();
  const [host, port, tls, protocol, username] = useWatch<FormValues, ["host", "port", "tls", "protocol", "username"]>({
    name: ["host", "port", "tls", "protocol", "username"],
  });
  const user = userNameAt(provider, address);
  const use = (servers: Servers) => {
    for (const key of ["protocol", "host", "port", "tls"] as const)
      setValue(key, servers[key], { shouldDirty: true, shouldValidate: key === "host" });
    setValue("username", user, { shouldDirty: true });
  };
  const used = (servers: Servers) =>
    servers.host === host &&
    servers.port === Number(port) &&
    servers.tls === tls &&
    servers.protocol === protocol &&
    user === username;
  return (
    <section aria-labelledby={id} className="grid gap-2 border-accent border-l-2 pl-3">
      <h3 id={id} className="font-medium">
        {provider.never ? "▲ " : ""}
        {provider.name}
      </h3>
      {provider.never && <p className="text-needs">{provider.never}</p>}
      {serversOf(provider).map((servers) => (
        <div key={servers.protocol} className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
          <span className="min-w-0">
            <Mono>{servers.host}</Mono>, port {servers.port}, implicit TLS
          </span>
          {used(servers) ? (
            <span className="text-flow text-table">● {words[servers.protocol]} filled in</span>
          ) : (
            <Button size="small" onClick={() => use(servers)}>
              Use {words[servers.protocol]}
            </Button>
          )}
        </div>
      ))}
      {provider.first && <p className="text-soft text-table">{provider.first}</p>}
      <p className="text-soft text-table">
        {!provider.never && (
          <>
            Signs in as <Mono>{user}</Mono>.{" "}
          </>
        )}
        <a href={provider.source} target="_blank" rel="noreferrer" className="underline underline-offset-2">
          Where this stands
        </a>
        , read on {provider.read}.
      </p>
    </section>
  );
}

const words = { imap: "IMAP", pop3: "POP3" } as const;
