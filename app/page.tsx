// The front door: sends everybody to where their work is.
import { redirect } from "next/navigation";
import { portalDb } from "@/domain/platform/database";
import { myTenants } from "@/domain/tenant/store-platform";
import { enterSignedIn } from "./_server/scope";

export default async function Home() {
  const { person, token } = await enterSignedIn("/");
  if (person.platformRole) redirect("/tenants");
  const mine = await myTenants(portalDb(), token, 2);
  redirect(mine.length === 1 && mine[0] ? `/t/${mine[0].slug}` : "/tenants");
}
