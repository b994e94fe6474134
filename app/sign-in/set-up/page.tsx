// For somebody whose role needs a second factor and who has none: sets one up, and nothing else is open until then.
import type { Metadata } from "next";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { enrolling } from "@/app/_server/auth";
import { relyingParty } from "@/app/_server/factors";
import { ownPath } from "@/app/_server/own-path";
import { FreshSignIn } from "@/app/_ui/fresh-sign-in";
import { Gate } from "@/app/_ui/gate";
import { Mono } from "@/app/_ui/page";
import { deviceWords } from "@/domain/person/device";
import { SetUp } from "./set-up";

export const metadata: Metadata = { title: "Set up a second factor" };

type Search = Promise<Record<string, string | string[] | undefined>>;

export default async function SetUpPage({ searchParams }: { searchParams: Search }) {
  const { next } = await searchParams;
  const target = ownPath(typeof next === "string" ? next : undefined);
  const who = await enrolling();
  if (!who) redirect(target);
  return (
    <Gate
      title="Set up a second factor"
      words={
        <>
          Your role or a company of yours needs one. You are <Mono>{who.email}</Mono>; as soon as it is set up you go
          on.
        </>
      }
    >
      <SetUp
        next={target}
        device={deviceWords((await headers()).get("user-agent") ?? "")}
        named={relyingParty() !== null}
      />
      <FreshSignIn />
    </Gate>
  );
}
