// Switches light, dark and system, at once and for the next visit.
"use client";
import { Monitor, Moon, Sun } from "lucide-react";
import { useEffect, useState } from "react";
import { type Theme, themeCookie, themeOf, themes } from "./theme";

const looks = { system: ["System", Monitor], light: ["Light", Sun], dark: ["Dark", Moon] } as const;

export function ThemeToggle() {
  const [theme, setTheme] = useState<Theme>("system");
  useEffect(() => setTheme(themeOf(document.documentElement.dataset.theme)), []);
  const choose = (next: Theme) => {
    setTheme(next);
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    // biome-ignore lint/suspicious/noDocumentCookie: Firefox and Safari have no Cookie Store API in all supported versions
    document.cookie = `${themeCookie}=${next}; path=/; max-age=31536000; samesite=lax`;
  };
  return (
    <fieldset className="flex rounded-md border border-line p-0.5">
      <legend className="sr-only">Theme</legend>
      {themes.map((name) => {
        const [label, Icon] = looks[name];
        return (
          <button
            key={name}
            type="button"
            aria-pressed={theme === name}
            aria-label={`${label} theme`}
            title={`${label} theme`}
            onClick={() => choose(name)}
            className="grid size-7 place-items-center rounded-sm text-soft hover:text-ink aria-pressed:bg-n4 aria-pressed:text-ink"
          >
            <Icon aria-hidden size={14} />
          </button>
        );
      })}
    </fieldset>
  );
}
