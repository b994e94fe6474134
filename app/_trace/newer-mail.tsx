// Says that something moved since the list was drawn. The list itself stays as it is, so that nothing shifts under who reads it.
"use client";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { useNews } from "@/app/_ui/live";

export function NewerMail() {
  const router = useRouter();
  const [moved, setMoved] = useState(false);
  const [pending, begin] = useTransition();
  useNews(["mail"], () => setMoved(true), true);
  const show = () => {
    setMoved(false);
    begin(() => router.refresh());
  };
  return (
    <p role="status" className="float-right text-soft text-table">
      {moved && !pending && (
        <>
          Mail moved since.{" "}
          <button type="button" className="rounded-sm text-accent underline hover:text-accent-strong" onClick={show}>
            Show it
          </button>
        </>
      )}
    </p>
  );
}
