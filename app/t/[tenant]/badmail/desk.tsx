// Holds what goes on with the groups, above them: a group may vanish from the page while its last mails are on their way.
"use client";
import { useRouter } from "next/navigation";
import { createContext, type ReactNode, useContext, useState } from "react";
import type { Answer } from "@/app/_server/answer";
import type { Choice, Part, Target } from "@/domain/message/decide-schema";
import { countMails, decideMail } from "./actions";
import type { Counted } from "./decision-dialog";
import { type Job, JobView } from "./job-view";
import { type Decided, runParts } from "./run-parts";

interface Desk {
  slug: string;
  jobs: Record<string, { job: Job; target: Target }>;
  /** the oldest one goes first, alone; null when it went, else why not */
  tryOne(key: string, target: Target): Promise<string | null>;
  run(key: string, target: Target, choice: Choice, counted: Counted): Promise<Answer<Decided> | null>;
  close(key: string): void;
  refresh(): void;
}

const mostTries = 5;

const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error("a group's buttons stand inside a Desk");
  return desk;
}

export function DeskProvider({ slug, shown, children }: { slug: string; shown: string[]; children: ReactNode }) {
  const router = useRouter();
  const [jobs, setJobs] = useState<Desk["jobs"]>({});
  const put = (key: string, target: Target, job: Job) => setJobs((old) => ({ ...old, [key]: { job, target } }));
  const desk: Desk = {
    slug,
    jobs,
    async tryOne(key, target) {
      let after: number | null = 0;
      let why = "Nothing is left to try.";
      // One that can't be sent (its bytes are gone, or it is in a worker's hands) is passed over for the next.
      for (let n = 0; n < mostTries && after !== null; n += 1) {
        const part: Part = { after, limit: 1 };
        const answer = await decideMail(slug, { target, choice: { do: "send-again" }, part }).catch(() => null);
        if (!answer?.ok) return answer?.message ?? "The portal did not answer. Try again.";
        const { done, failed, left, next }: Decided = answer.data;
        const [id] = done;
        if (id) {
          put(key, target, { kind: "trial", id, left: left + n });
          router.refresh();
          return null;
        }
        why = failed[0]?.message ?? why;
        after = next;
      }
      return why;
    },
    async run(key, target, choice, counted) {
      return new Promise((resolve) => {
        const verb = choice.do === "delete" ? "deleted" : "sent";
        // The dialog waits for the first part only: what it refuses as a whole is said there.
        void runParts(
          (given) => decideMail(slug, { ...given, choice }),
          { target, total: counted.mails, until: counted.until },
          (progress) => {
            put(key, target, { kind: "many", verb, progress });
            resolve(null);
            if (!progress.running) router.refresh();
          },
        ).then(resolve);
      });
    },
    close(key) {
      setJobs(({ [key]: _closed, ...rest }) => rest);
    },
    refresh: () => router.refresh(),
  };
  const orphans = Object.keys(jobs).filter((key) => !shown.includes(key));
  return (
    <DeskContext.Provider value={desk}>
      {orphans.length > 0 && (
        <div className="mb-6 grid gap-3">
          {orphans.map((key) => (
            <GroupJob key={key} name={key} />
          ))}
        </div>
      )}
      {children}
    </DeskContext.Provider>
  );
}

/** What goes on with one group. */
export function GroupJob({ name }: { name: string }) {
  const desk = useDesk();
  const found = desk.jobs[name];
  if (!found) return null;
  const rest = async () => {
    const counted = await countMails(desk.slug, { target: found.target }).catch(() => null);
    if (!counted?.ok || found.job.kind !== "trial") return;
    // Not more than the button said.
    const mails = Math.min(counted.data.mails, found.job.left);
    await desk.run(name, found.target, { do: "send-again" }, { ...counted.data, mails });
  };
  return (
    <JobView
      slug={desk.slug}
      job={found.job}
      onRest={() => void rest()}
      onClose={() => desk.close(name)}
      onSettled={desk.refresh}
    />
  );
}
