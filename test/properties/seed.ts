// The same cases in each run of the tests, so that a change is what makes one fail. MAILFERRY_SEED takes others.
export const seed = Number(process.env.MAILFERRY_SEED ?? 20_261_125);
