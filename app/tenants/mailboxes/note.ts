// The platform's own entry about mailboxes that were changed. What is done is told in any case, or it would have no way back:
// an entry that can't be written stops nothing, and is said beside what was done.
import { logFault } from "@/app/_server/log";

/** Writes the entry; the answer is what was done, with words if the log lacks it. Those are in the log always. */
export async function noted<Done extends object>(
  done: Done,
  write: () => Promise<void>,
): Promise<Done & { unnoted: string }> {
  try {
    await write();
    return { ...done, unnoted: "" };
  } catch (error) {
    const id = logFault(error, "platform audit");
    return {
      ...done,
      unnoted: `What was changed stays changed. The platform’s audit log lacks an entry about it; those of the tenants have theirs. Tell whoever runs Mailferry: the portal’s log has it under ${id}.`,
    };
  }
}
