// Copies a text, and says so in its own words.
"use client";
import { useState } from "react";
import { Button } from "./button";

export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
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
    </Button>
  );
}
