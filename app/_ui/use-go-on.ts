// Going on after a save: the button stays busy until the next page is there, however long that takes.
"use client";
import { useRouter } from "next/navigation";
import { useTransition } from "react";

/** Whether the next page is on its way, and how to go there. What was saved is read anew. */
export function useGoOn(): [going: boolean, goOn: (to: string) => void] {
  const router = useRouter();
  const [going, go] = useTransition();
  return [
    going,
    (to) =>
      go(() => {
        router.push(to);
        router.refresh();
      }),
  ];
}
