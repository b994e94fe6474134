// Copies a text, and says so in its own words.
"use client";
import { useState } from "react";
import { Button } from "./button";

/** `about`: read out after the label, where several stand on one page. */
export function CopyButton({ text, label = "Copy", about }: { text: string; label?: string; about?: string }) {
  const [said, setSaid] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied");
    } catch {
      setSaid("Select it and copy by hand");
    }
    setTimeout(() => setSaid(""), 2500);
  };
  return (
    <Button size="small" onClick={copy}>
      <span aria-live="polite">{said || label}</span>
      {about && <span className="sr-only"> {about}</span>}
    </Button>
  );
}
