// The frame above all tenants. People without a platform role see their own tenants here and nothing else.
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { enterSignedIn } from "@/app/_server/scope";
import { Frame } from "@/app/_ui/frame";
import { platformEntries } from "@/app/_ui/platform-entries";
import { roleNames } from "@/app/_ui/role-words";

export const metadata: Metadata = { title: "Tenants" };

export default async function TenantsLayout({ children }: { children: ReactNode }) {
  const { person } = await enterSignedIn("/tenants");
  const role = person.platformRole;
  return (
    <Frame
      where={<span className="block truncate px-2 py-1 font-medium">{role ? "All tenants" : "Your tenants"}</span>}
      entries={platformEntries(role)}
      bar={4}
      live={{ address: "/api/live" }}
      me={{
        name: person.name,
        email: person.email,
        roleWords: role ? `${roleNames[role]} of the platform` : "Member of several tenants",
      }}
    >
      {children}
    </Frame>
  );
}
