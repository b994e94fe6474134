// next-auth's own addresses (csrf, callback, sign-out …). The visitor's address is taken per request, for the throttle.
import NextAuth from "next-auth";
import { authOptions } from "@/app/_server/auth";
import { isOwnOrigin, visitorOf } from "@/app/_server/peer";

type Context = { params: Promise<{ nextauth: string[] }> };

export const GET = async (request: Request, context: Context): Promise<Response> =>
  NextAuth(authOptions(visitorOf(request.headers)))(request, context);

/** As every other change, signing in and out must come from a page of ours; next-auth's csrf token is the second lock. */
export const POST = async (request: Request, context: Context): Promise<Response> =>
  isOwnOrigin(request.headers)
    ? GET(request, context)
    : new Response("This request did not come from a page of Mailferry.", {
        status: 403,
        headers: { "cache-control": "no-store" },
      });
