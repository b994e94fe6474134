// Next's settings. Headers that need no nonce stand here, so that they hold even without proxy.ts.
import type { NextConfig } from "next";

const securityHeaders = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "X-Frame-Options", value: "DENY" },
  { key: "Referrer-Policy", value: "same-origin" },
  { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
  { key: "Permissions-Policy", value: "camera=(), microphone=(), geolocation=(), payment=()" },
];

// Read when the portal starts: behind a proxy that changes Host, actions still know the address that people use.
const publicHost = URL.canParse(process.env.MAILFERRY_URL ?? "") ? [new URL(process.env.MAILFERRY_URL ?? "").host] : [];

const config: NextConfig = {
  poweredByHeader: false,
  // cli/answers.mjs does it, in fewer pieces.
  compress: false,
  reactStrictMode: true,
  devIndicators: false,
  // `npm run check` (and so `npm test`) checks all types at once; a build needs them no second time.
  typescript: { ignoreBuildErrors: true },
  serverExternalPackages: ["pg", "pino", "pino-pretty", "@node-rs/argon2"],
  experimental: { authInterrupts: true, serverActions: { allowedOrigins: publicHost } },
  headers: async () => [
    { source: "/:path*", headers: securityHeaders },
    // A mail's HTML stands in a sandboxed frame of its own message page, and nowhere else.
    {
      source: "/api/t/:tenant/messages/:id/html",
      headers: [
        { key: "X-Frame-Options", value: "SAMEORIGIN" },
        { key: "X-DNS-Prefetch-Control", value: "off" },
      ],
    },
  ],
};

export default config;
