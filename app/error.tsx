// A page that failed: says so, and offers to try again. The log has the rest under the digest.
"use client";
import { Button } from "./_ui/button";
import { EmptyState } from "./_ui/page";

export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <div id="content" className="mx-auto max-w-[720px] px-4 py-16">
      <EmptyState
        title="This page could not be shown"
        action={
          <Button kind="primary" onClick={reset}>
            Try again
          </Button>
        }
      >
        Try again in a moment. If it stays so, look at Mailferry’s terminal or log, or run “npm run mailferry -- doctor”
        where it is installed. {error.digest && <>The log has the cause under {error.digest}.</>}
      </EmptyState>
    </div>
  );
}
