// A program that is run again a second after it ended, as cron or its own daemon mode would, in a folder of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rest } from "@/lib/clock";
import type { World } from "../world";
import { killTree } from "./processes";
import type { Run } from "./program";

/** A run that takes longer than this hangs: none of the rows gives it so much to do. */
const hangsAfterMs = 120_000;

export class Again implements Run {
  private child: ChildProcess | null = null;
  private stopped = false;
  private ended = 0;
  private readonly codes = new Map<string, number>();

  constructor(
    private readonly words: string[],
    readonly state: Run["state"],
    world: World,
  ) {
    const loop = this.loop();
    world.closeLater(async () => {
      this.stopped = true;
      await this.kill("everything");
      await loop;
      rmSync(state.folder, { recursive: true, force: true });
    });
  }

  private async loop() {
    const [program = "", ...words] = this.words;
    while (!this.stopped) {
      const child = spawn(program, words, { stdio: "ignore", env: { ...process.env, HOME: this.state.folder } });
      this.child = child;
      const hangs = setTimeout(() => {
        this.said("ended by us, since it hung");
        void this.kill("everything");
      }, hangsAfterMs);
      const code = await new Promise<number | null>((done) => {
        child.once("error", () => done(null));
        child.once("close", done);
      });
      clearTimeout(hangs);
      if (code !== null) this.said(`exit ${code}`);
      this.ended += 1;
      await rest(1000);
    }
  }

  async kill(what: "the program" | "everything"): Promise<boolean> {
    const { child } = this;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return false;
    const gone = new Promise((done) => child.once("close", done));
    if (what === "everything") killTree(child.pid);
    else child.kill("SIGKILL");
    await gone;
    return true;
  }

  rounds = () => this.ended;
  holds = async () => "";
  unfinished = async () => false;
  ends = () => [...this.codes].map(([what, times]) => `${times} × ${what}`);

  private said(what: string) {
    this.codes.set(what, (this.codes.get(what) ?? 0) + 1);
  }
}

export function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mf-peer-"));
  chmodSync(folder, 0o700);
  return folder;
}
