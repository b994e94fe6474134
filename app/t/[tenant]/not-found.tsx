// Nothing of this tenant has that address; frame and menu stay, and the page says where to look instead.
"use client";
import { useParams, usePathname } from "next/navigation";
import { ButtonLink } from "@/app/_ui/button-link";
import { PageHeader } from "@/app/_ui/page";
import { missing } from "./missing";

export default function TenantNotFound() {
  const { tenant } = useParams<{ tenant: string }>();
  const { words, page, label } = missing(usePathname());
  return (
    <>
      <PageHeader title="There is nothing here">{words}</PageHeader>
      <ButtonLink kind="primary" href={`/t/${tenant}${page}`}>
        {label}
      </ButtonLink>
    </>
  );
}
