// Fetched when a server shows another certificate: most never do.
"use client";
import { late } from "@/app/_ui/late";

export const CertificateChange = late(() => import("./certificate-change").then((module) => module.CertificateChange));
