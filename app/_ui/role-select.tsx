// A role that is changed where it stands; while it is saved, and when it is refused, the row says so.
"use client";
import { useTransition } from "react";
import type { Role } from "@/domain/access";
import { Select } from "./inputs";
import { roleNames } from "./role-words";

export function RoleSelect({
  who,
  role,
  none,
  change,
}: {
  who: string;
  role: Role | null;
  /** the word for no role, where that can be chosen */
  none?: string;
  change: (role: Role | null) => Promise<void>;
}) {
  const [saving, save] = useTransition();
  const options = [
    ...(none ? [{ value: "", label: none }] : []),
    ...(["viewer", "operator", "admin"] as const).map((value) => ({ value, label: roleNames[value] })),
  ];
  const chosen = (value: string): Role | null =>
    value === "viewer" || value === "operator" || value === "admin" ? value : null;
  return (
    <Select
      label={`Role of ${who}`}
      hideLabel
      options={options}
      value={role ?? ""}
      aria-busy={saving || undefined}
      className="h-8 text-table"
      onChange={(event) => {
        const value = chosen(event.target.value);
        save(() => change(value));
      }}
    />
  );
}
