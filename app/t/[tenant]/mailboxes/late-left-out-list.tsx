// Fetched when a mailbox has mails that were left out or could not be collected: most have none. It stays for what it says when
// the last of them was asked for.
"use client";
import { useState } from "react";
import { late } from "@/app/_ui/late";
import type { LeftOutListProps } from "./left-out-list";

const List = late(() => import("./left-out-list").then((module) => module.LeftOutList));

export function LeftOutList(props: LeftOutListProps) {
  const [drawn, setDrawn] = useState(props.total > 0);
  if (props.total > 0 && !drawn) setDrawn(true);
  return drawn ? <List {...props} /> : null;
}
