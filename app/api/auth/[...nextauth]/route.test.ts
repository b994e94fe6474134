import { afterEach, beforeEach, expect, it } from "vitest";
import { POST } from "./route";

const before = { ...process.env };
beforeEach(() => {
  process.env.MAILFERRY_URL = "https://ferry.example";
  process.env.MAILFERRY_WEB_DATABASE_URL = "postgresql://unused.example/x";
  process.env.NEXTAUTH_SECRET = "a secret of this test alone";
});
afterEach(() => {
  process.env = { ...before };
});

const answer = (headers: Record<string, string>) =>
  POST(new Request("https://ferry.example/api/auth/signout", { method: "POST", headers }), {
    params: Promise.resolve({ nextauth: ["signout"] }),
  });

it.each([
  ["no Origin", {}],
  ["Origin null", { origin: "null" }],
  ["another site", { origin: "https://evil.example" }],
])("takes no sign-in or sign-out from a page that is not ours: %s", async (_what, headers) => {
  expect((await answer({ host: "ferry.example", ...headers })).status).toBe(403);
});

it("lets a page of ours through to next-auth", async () => {
  const own = await answer({ host: "ferry.example", origin: "https://ferry.example" }).catch((error: Error) => error);
  // Outside of Next it gets no further than its cookies.
  expect(own instanceof Error ? own.message : own.status).not.toBe(403);
});
