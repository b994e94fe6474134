// A known provider's servers, offered.
"use client";
import { useId } from "react";
import { useFormContext, useWatch } from "react-hook-form";
import { Button } from "@/app/_ui/button";
import { Mono } from "@/app/_ui/page";
import { type Servers, serversOf, userNameAt } from "@/domain/mailbox/provider";
import type { Provider } from "@/domain/mailbox/providers";
import type { FormValues } from "./mailbox-form";

/** Nothing of it is in the form before somebody presses a button. */
export function Offer({ provider, address }: { provider: Provider; address: string }) {
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
