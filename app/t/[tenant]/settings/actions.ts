// A tenant's own settings.
"use server";
import { revalidatePath } from "next/cache";
import { tenantAction } from "@/app/_server/action";
import { ownSettingsEdit } from "@/domain/tenant/schema-edit";
import { saveOwnSettings } from "@/domain/tenant/store";

export const saveSettings = tenantAction("tenant.edit", ownSettingsEdit, async ({ scope, tenant }, edit) => {
  const saved = await saveOwnSettings(scope, edit);
  revalidatePath(`/t/${tenant.slug}`, "layout");
  return saved;
});
