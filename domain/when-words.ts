// How a sentence says a moment: "at 14:02" today, "on 23 Nov, 14:02" on another day.

export const atOrOn = (clock: string): string => (/^\d\d:\d\d$/.test(clock) ? `at ${clock}` : `on ${clock}`);
