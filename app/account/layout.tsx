// The frame of a person's own account: belongs to no tenant, and everybody has it.
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { enterSignedIn } from "@/app/_server/scope";
import { Frame } from "@/app/_ui/frame";
import { roleNames } from "@/app/_ui/role-words";
import { portalDb } from "@/domain/platform/database";
import { myTenants } from "@/domain/tenant/store-platform";

export const metadata: Metadata = { title: "Your account" };

export default async function AccountLayout({ children }: { children: ReactNode }) {
  const { person, token } = await enterSignedIn("/account");
  const mine = await myTenants(portalDb(), token, 2);
  const role = person.platformRole;
  const only = !role && mine.length === 1 ? mine[0] : undefined;
  return (
    <Frame
      where={<span className="block truncate px-2 py-1 font-medium">{person.name}</span>}
      entries={[
        only ? { href: `/t/${only.slug}`, label: only.name } : { href: "/tenants", label: "Tenants" },
        { href: "/account", label: "Your account" },
      ]}
      bar={4}
      live={{ address: "/api/live" }}
      me={{ name: person.name, email: person.email, roleWords: role ? `${roleNames[role]} of the platform` : "Member" }}
    >
      {children}
    </Frame>
  );
}
