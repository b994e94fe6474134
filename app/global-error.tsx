// When even the frame around all pages failed: the document itself, in the plainest form.
"use client";
import "./globals.css";

export default function GlobalError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <html lang="en">
      <body className="min-h-dvh bg-page font-sans text-body text-ink">
        <title>Mailferry</title>
        <main className="mx-auto max-w-[720px] px-4 py-16">
          <h1 className="font-semibold text-title">Mailferry could not show this page</h1>
          <p className="mt-2 text-soft">
            Mail is ferried all the same: another program does that. Try again in a moment. If it stays so, look at
            Mailferry’s terminal or log{error.digest ? `, where the cause stands under ${error.digest}` : ""}.
          </p>
          <button type="button" onClick={reset} className="mt-4 rounded-md bg-accent px-3.5 py-2 text-on-accent">
            Try again
          </button>
        </main>
      </body>
    </html>
  );
}
