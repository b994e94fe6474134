// Makes the first platform administrator.
"use server";
import { redirect } from "next/navigation";
import { publicForm } from "@/app/_server/action";
import { dropSession, giveSession } from "@/app/_server/auth";
import { firstAdministrator } from "@/domain/person/schema";
import { createFirstAdministrator } from "@/domain/person/setup";

export const makeFirstAdministrator = publicForm(
  "first-administrator",
  firstAdministrator,
  async ({ db, visitor, now }, given) => {
    const token = await createFirstAdministrator(db, given, visitor, now);
    await dropSession();
    await giveSession(token);
    redirect("/tenants");
  },
);
