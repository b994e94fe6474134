// Members: add, change the role, remove, make a link.
"use server";
import { revalidatePath } from "next/cache";
import { z } from "zod";
import { tenantAction } from "@/app/_server/action";
import { absolute } from "@/app/_server/links";
import { requireFactorOfAll } from "@/domain/member/second-factor";
import * as store from "@/domain/member/store";
import { memberAdd, memberOf, memberRole } from "@/domain/person/schema";

export const addMember = tenantAction(
  "member.edit",
  memberAdd,
  async ({ scope, role, tenant, now }, given) => {
    const { email, link } = await store.addMember(scope, role, given, now);
    revalidatePath(`/t/${tenant.slug}/members`);
    return { email, link: link && { ...link, url: absolute(link.path) } };
  },
  { fresh: true },
);

export const changeMemberRole = tenantAction(
  "member.edit",
  memberRole,
  async ({ scope, role, tenant }, given) => {
    await store.changeMemberRole(scope, role, given);
    revalidatePath(`/t/${tenant.slug}`, "layout");
  },
  { fresh: true },
);

export const removeMember = tenantAction("member.edit", memberOf, async ({ scope, role, tenant, now }, given) => {
  await store.removeMember(scope, role, given, now);
  revalidatePath(`/t/${tenant.slug}/members`);
});

export const requireFactor = tenantAction(
  "member.edit",
  z.strictObject({ required: z.boolean() }),
  async ({ scope, tenant }, { required }) => {
    await requireFactorOfAll(scope, required);
    revalidatePath(`/t/${tenant.slug}/members`);
  },
  { fresh: true },
);

/** Whoever holds the link sets the person's password. */
export const makeMemberLink = tenantAction(
  "member.edit",
  memberOf,
  async ({ scope, role, tenant, now }, given) => {
    const { email, link } = await store.makeMemberLink(scope, role, given, now);
    revalidatePath(`/t/${tenant.slug}/members`);
    return { email, link: { ...link, url: absolute(link.path) } };
  },
  { fresh: true },
);
