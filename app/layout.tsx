// The document around every page: fonts, theme (from a cookie, so that nothing flashes), skip link.
import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";
import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import type { ReactNode } from "react";
import "./globals.css";
import { SoftLinks } from "./_ui/soft-links";
import { themeCookie, themeOf } from "./_ui/theme";

export const metadata: Metadata = {
  title: { default: "Mailferry", template: "%s · Mailferry" },
  description: "Ferries your mail to your Exchange server.",
  robots: { index: false, follow: false },
};
export const viewport: Viewport = { width: "device-width", initialScale: 1, colorScheme: "light dark" };

export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = themeOf((await cookies()).get(themeCookie)?.value);
  return (
    <html
      lang="en"
      className={`${GeistSans.variable} ${GeistMono.variable}`}
      {...(theme === "system" ? {} : { "data-theme": theme })}
      suppressHydrationWarning
    >
      <body className="min-h-dvh bg-page font-sans text-body text-ink">
        <a
          href="#content"
          className="sr-only z-50 rounded-md bg-accent px-4 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
        >
          Skip to the content
        </a>
        {children}
        <SoftLinks />
      </body>
    </html>
  );
}
