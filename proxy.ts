// Content-Security-Policy with a nonce per request, and HSTS over https. Never authorization: that is at the doors
// (app/_server/scope.ts, action.ts), which check everything again as if this file were not here.
import { type NextRequest, NextResponse } from "next/server";

const dev = process.env.NODE_ENV !== "production";

function policy(nonce: string, https: boolean): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${dev ? " 'unsafe-eval'" : ""}`,
    // Style attributes are how charts and menus are placed; style elements need the nonce (but for next dev's own).
    dev ? "style-src 'self' 'unsafe-inline'" : `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self'${dev ? " ws:" : ""}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-src 'self'",
    "frame-ancestors 'none'",
    ...(https ? ["upgrade-insecure-requests"] : []),
  ].join("; ");
}

// A mail's HTML: nothing is fetched, nothing runs, and only a page of ours may frame it.
const ofMail = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox";
const isMailHtml = (path: string) => /^\/api\/t\/[^/]+\/messages\/[^/]+\/html$/.test(path);

export function proxy(request: NextRequest): NextResponse {
  const nonce = btoa(crypto.randomUUID());
  const https = (process.env.MAILFERRY_URL ?? process.env.NEXTAUTH_URL ?? "").startsWith("https:");
  const csp = isMailHtml(request.nextUrl.pathname) ? ofMail : policy(nonce, https);
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  headers.set("content-security-policy", csp);
  // For the sign-in's way back: a layout does not know its own address.
  headers.set("x-mailferry-path", request.nextUrl.pathname + request.nextUrl.search);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", csp);
  response.headers.set("cache-control", "private, no-store");
  if (https) response.headers.set("strict-transport-security", "max-age=31536000; includeSubDomains");
  return response;
}

export const config = { matcher: ["/((?!_next/static|_next/image|favicon|icon).*)"] };
