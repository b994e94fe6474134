// The first administrator: for whoever can read the terminal, and only while there is none.
import type { Metadata } from "next";
import { ButtonLink } from "@/app/_ui/button-link";
import { Gate } from "@/app/_ui/gate";
import { hasAdministrator } from "@/domain/person/setup";
import { portalDb } from "@/domain/platform/database";
import { FirstAdministratorForm } from "./first-administrator-form";

export const metadata: Metadata = { title: "First administrator" };
export const dynamic = "force-dynamic";

export default async function FirstAdministratorPage() {
  if (await hasAdministrator(portalDb()))
    return (
      <Gate title="There is an administrator already" words="Sign in, or ask them to invite you.">
        <ButtonLink href="/sign-in" kind="primary">
          Sign in
        </ButtonLink>
      </Gate>
    );
  return (
    <Gate title="First administrator" words="The code stands in the terminal where Mailferry was started.">
      <FirstAdministratorForm />
    </Gate>
  );
}
