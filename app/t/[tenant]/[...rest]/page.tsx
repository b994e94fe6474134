// Every other address below a tenant: not found, but inside the tenant's frame.
import { notFound } from "next/navigation";
import { enterTenant } from "@/app/_server/scope";

export default async function NoSuchPage({ params }: { params: Promise<{ tenant: string }> }) {
  await enterTenant((await params).tenant, "overview.read");
  notFound();
}
