// Ctrl+S and ⌘S save the form; null where nothing can be saved.
"use client";
import { useEffect, useRef } from "react";

export function useSaveKey(run: (() => void) | null) {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== "s" || !(event.ctrlKey || event.metaKey) || !latest.current) return;
      event.preventDefault();
      latest.current();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
}
