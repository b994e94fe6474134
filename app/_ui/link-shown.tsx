// A one-time link, shown once to whoever made it.
"use client";
import { CopyButton } from "./copy-button";
import { Mono } from "./page";
import { Banner } from "./state";

export interface ShownLink {
  email: string;
  url: string;
  kind: "invitation" | "reset";
}

export function LinkShown({ link }: { link: ShownLink }) {
  const lasts = link.kind === "invitation" ? "7 days" : "1 hour";
  return (
    <Banner
      live
      state="needs"
      title={`Give ${link.email} this link. It is shown only now.`}
      action={<CopyButton text={link.url} label="Copy link" />}
    >
      <p>
        <Mono className="text-ink">{link.url}</Mono>
      </p>
      <p className="mt-1">
        It works once, for {lasts}: whoever opens it chooses the password. Send it so that nobody else sees it. It is
        also mailed to them, if this installation has an outgoing server.
      </p>
    </Banner>
  );
}
