// Its question is fetched after the page: it stands at the foot of it, and few come for it.
"use client";
import { late } from "@/app/_ui/late";

export const RemoveMailbox = late(() => import("./remove-mailbox").then((module) => module.RemoveMailbox));
