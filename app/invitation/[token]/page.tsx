// A one-time link: sets the first password, or a new one.
import type { Metadata } from "next";
import { ButtonLink } from "@/app/_ui/button-link";
import { Gate } from "@/app/_ui/gate";
import { Mono } from "@/app/_ui/page";
import { readLink } from "@/domain/person/link";
import { portalDb } from "@/domain/platform/database";
import { InvitationForm } from "./invitation-form";

export const metadata: Metadata = { title: "Set your password", referrer: "no-referrer" };

export default async function InvitationPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const link = await readLink(portalDb(), token, new Date());
  if (!link)
    return (
      <Gate
        title="This link no longer works"
        words="It was used already or is too old. Ask the person who sent it for a new one."
      >
        <ButtonLink href="/sign-in">Sign in</ButtonLink>
      </Gate>
    );
  return (
    <Gate
      title={link.kind === "invitation" ? "Welcome to Mailferry" : "Set a new password"}
      words={
        <>
          For <Mono>{link.email}</Mono>. The link works once.
        </>
      }
    >
      <InvitationForm token={token} email={link.email} name={link.name} />
    </Gate>
  );
}
