// Light, dark, or as the system says. Kept in a cookie that holds nothing else, so that the server paints it right at once.

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];
export const themeCookie = "mailferry-theme";

export const themeOf = (text: string | undefined): Theme => themes.find((theme) => theme === text) ?? "system";
