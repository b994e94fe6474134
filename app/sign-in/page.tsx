// Sign in with e-mail and password.
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { enrolling, person } from "@/app/_server/auth";
import { relyingParty } from "@/app/_server/factors";
import { ownPath } from "@/app/_server/own-path";
import { Gate } from "@/app/_ui/gate";
import { SoftLink } from "@/app/_ui/soft-link";
import { lettersGoOut } from "@/domain/person/forgotten";
import { hasAdministrator } from "@/domain/person/setup";
import { portalDb } from "@/domain/platform/database";
import { SignInForm } from "./sign-in-form";

export const metadata: Metadata = { title: "Sign in" };

type Search = Promise<Record<string, string | string[] | undefined>>;

export default async function SignInPage({ searchParams }: { searchParams: Search }) {
  const { next, error } = await searchParams;
  const target = ownPath(typeof next === "string" ? next : undefined);
  if (await person()) redirect(target);
  if (await enrolling()) redirect(`/sign-in/set-up?next=${encodeURIComponent(target)}`);
  const [admin, mails] = await Promise.all([hasAdministrator(portalDb()), lettersGoOut(portalDb())]);
  const fresh = !admin;
  return (
    <Gate title="Sign in" words="See whether mail flows, and mend it when it does not.">
      {fresh && (
        <p className="rounded-md bg-accent-soft px-4 py-3">
          Nobody can sign in yet.{" "}
          <SoftLink href="/first-administrator" className="font-medium text-accent-strong underline underline-offset-2">
            Create the first administrator
          </SoftLink>{" "}
          with the code from the terminal.
        </p>
      )}
      <SignInForm
        next={target}
        error={typeof error === "string" ? "Email or password is not right." : undefined}
        passkeys={relyingParty() !== null}
        mails={mails}
      />
    </Gate>
  );
}
