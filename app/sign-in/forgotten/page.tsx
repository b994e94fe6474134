// A forgotten password: asks for the address, and says the same whoever has it.
import type { Metadata } from "next";
import { ButtonLink } from "@/app/_ui/button-link";
import { Gate } from "@/app/_ui/gate";
import { lettersGoOut } from "@/domain/person/forgotten";
import { portalDb } from "@/domain/platform/database";
import { ForgottenForm } from "./forgotten-form";

export const metadata: Metadata = { title: "Forgotten password" };
export const dynamic = "force-dynamic";

export default async function ForgottenPage() {
  if (!(await lettersGoOut(portalDb())))
    return (
      <Gate
        title="Forgotten password"
        words="No mail goes out from this Mailferry. Ask an administrator for a link that sets a new password."
      >
        <ButtonLink href="/sign-in">Back to the sign-in</ButtonLink>
      </Gate>
    );
  return (
    <Gate
      title="Forgotten password"
      words="A link that sets a new one comes by mail. Your old one, and an invitation that you have, work until you use it."
    >
      <ForgottenForm />
    </Gate>
  );
}
