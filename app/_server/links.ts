// Addresses of ours for people to copy.
import { webEnv } from "@/lib/env";

export const absolute = (path: string): string => `${webEnv().url}${path}`;
