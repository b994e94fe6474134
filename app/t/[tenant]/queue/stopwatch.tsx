// "3:12", counting while one looks: how long an answer is waited for.
"use client";
import { useEffect, useState } from "react";

/** `seconds` is what the server counted when it drew the page; the browser's own clock may be wrong. */
export function Stopwatch({ seconds }: { seconds: number }) {
  const [all, setAll] = useState(Math.floor(seconds));
  useEffect(() => {
    const began = performance.now() - seconds * 1000;
    const count = () => setAll(Math.floor((performance.now() - began) / 1000));
    count();
    const timer = setInterval(count, 1000);
    return () => clearInterval(timer);
  }, [seconds]);
  return (
    <span className="tabular">
      {Math.floor(all / 60)}:{String(all % 60).padStart(2, "0")}
    </span>
  );
}
