// Fetches the page's data again every few seconds while somebody looks at it. What is on the page stays until the new is
// there, so nothing jumps; an open dialog is left in peace.
"use client";
import { useRouter } from "next/navigation";
import { startTransition, useEffect } from "react";

export function KeepFresh({ seconds = 10 }: { seconds?: number }) {
  const router = useRouter();
  useEffect(() => {
    let last = Date.now();
    const look = () => {
      const due = Date.now() - last >= seconds * 1000 - 500;
      if (!due || document.visibilityState !== "visible" || document.querySelector("dialog[open]")) return;
      last = Date.now();
      startTransition(() => router.refresh());
    };
    const timer = setInterval(look, seconds * 1000);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [router, seconds]);
  return null;
}
