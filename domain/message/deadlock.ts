// Two transactions that wait for each other: Postgres ends one of them, and nothing of it happened. Everybody locks the lane
// before its mails and a mail before its slot; where that can't be kept to, once more is all it needs.

const times = 3;

export async function againOnDeadlock<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries >= times || !isDeadlock(error)) throw error;
    }
  }
}

/** 40P01, which Prisma puts into the words of its own fault. */
function isDeadlock(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? error.code : "";
  return code === "40P01" || code === "P2034" || /40P01|deadlock detected/.test(error.message);
}
