// Buttons. One primary per view: the one thing to do next.
import type { ComponentProps } from "react";

export type ButtonKind = "primary" | "secondary" | "danger" | "ghost";

const base =
  "inline-flex h-9 shrink-0 items-center justify-center gap-2 whitespace-nowrap rounded-md px-3.5 text-body font-medium transition-colors select-none disabled:opacity-60";
const kinds: Record<ButtonKind, string> = {
  primary: "bg-accent text-on-accent hover:bg-accent-strong",
  secondary: "border border-n6 bg-page text-ink hover:bg-hover",
  danger: "border border-stop bg-page text-stop hover:bg-stop-soft",
  ghost: "text-soft hover:bg-hover hover:text-ink",
};
const sizes = { normal: "", small: "h-8 px-2.5 text-table max-md:px-2" };

export interface Look {
  kind?: ButtonKind | undefined;
  size?: keyof typeof sizes | undefined;
}

export const look = ({ kind = "secondary", size = "normal" }: Look, more = "") =>
  `${base} ${kinds[kind]} ${sizes[size]} ${more}`;

interface ButtonProps extends ComponentProps<"button">, Look {
  /** what is happening, in place of the label; the button keeps its focus and ignores clicks */
  busy?: string | false | undefined;
}

export function Button({ kind, size, busy, className, children, type = "button", onClick, ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={busy && type === "submit" ? "button" : type}
      aria-busy={busy ? true : undefined}
      aria-disabled={busy ? true : rest["aria-disabled"]}
      onClick={busy ? undefined : onClick}
      className={look({ kind, size }, `${busy ? "cursor-progress opacity-80" : ""} ${className ?? ""}`)}
    >
      {busy ? `${busy} …` : children}
    </button>
  );
}
