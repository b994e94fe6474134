// next-auth's own addresses (csrf, callback, sign-out …). The visitor's address is taken per request, for the throttle.
import NextAuth from "next-auth";
import { authOptions } from "@/app/_server/auth";
import { visitorOf } from "@/app/_server/peer";

type Context = { params: Promise<{ nextauth: string[] }> };

const handler = async (request: Request, context: Context): Promise<Response> =>
  NextAuth(authOptions(visitorOf(request.headers)))(request, context);

export { handler as GET, handler as POST };
