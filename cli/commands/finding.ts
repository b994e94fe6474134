// One line of `doctor`: what was looked at, and how it is.
export interface Finding {
  what: string;
  state: "ok" | "fault" | "note";
  words: string;
}

export const ok = (what: string, words: string): Finding => ({ what, state: "ok", words });
export const fault = (what: string, words: string): Finding => ({ what, state: "fault", words });
export const note = (what: string, words: string): Finding => ({ what, state: "note", words });
