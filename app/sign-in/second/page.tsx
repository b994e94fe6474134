// The second factor of a sign-in: the password is proved, and nothing is open yet.
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { halfSignIn } from "@/app/_server/auth";
import { relyingParty } from "@/app/_server/factors";
import { ownPath } from "@/app/_server/own-path";
import { Gate } from "@/app/_ui/gate";
import { Mono } from "@/app/_ui/page";
import { SecondForm } from "./second-form";

export const metadata: Metadata = { title: "Second factor" };

type Search = Promise<Record<string, string | string[] | undefined>>;

export default async function SecondPage({ searchParams }: { searchParams: Search }) {
  const { next } = await searchParams;
  const target = ownPath(typeof next === "string" ? next : undefined);
  const half = await halfSignIn();
  if (!half) redirect(`/sign-in?next=${encodeURIComponent(target)}`);
  const passkey = half.passkeys > 0 && relyingParty() !== null;
  return (
    <Gate
      title="One more proof"
      words={
        <>
          The password of <Mono>{half.email}</Mono> is right. Now your second factor.
        </>
      }
    >
      <SecondForm next={target} passkey={passkey} app={half.code} />
    </Gate>
  );
}
