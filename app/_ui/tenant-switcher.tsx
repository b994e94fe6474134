// The tenant you are in, and the way to the others.
"use client";
import { ChevronDown } from "lucide-react";
import { Menu } from "./menu";
import { MenuLine, MenuLink } from "./menu-entries";

export function TenantSwitcher({
  name,
  slug,
  others,
  all,
}: {
  name: string;
  slug: string;
  others: readonly { slug: string; name: string }[];
  /** where all of them are listed; null when this is the only one */
  all: string | null;
}) {
  if (!all) return <span className="block truncate px-2 py-1 font-medium">{name}</span>;
  return (
    <Menu
      label={`Tenant ${name}: choose another`}
      className="flex h-8 w-full min-w-0 items-center justify-between gap-2 rounded-md px-2 font-medium hover:bg-n4"
      trigger={
        <>
          <span className="truncate">{name}</span>
          <ChevronDown aria-hidden size={14} className="shrink-0 text-soft" />
        </>
      }
    >
      {others.map((tenant) => (
        <MenuLink key={tenant.slug} href={`/t/${tenant.slug}`} here={tenant.slug === slug}>
          {tenant.name}
          {tenant.slug === slug && <span aria-hidden>✓</span>}
        </MenuLink>
      ))}
      <MenuLine />
      <MenuLink href={all}>All tenants</MenuLink>
    </Menu>
  );
}
