/**
 * The first boot of a generation, of which somebody waits for the outcome: all of its workers are
 * ready, or the first fault.
 *
 *     booting -> over        what goes wrong from now on is for the log
 *        |_____> failed      what goes wrong until everything is stopped has the same reason, and is
 *                            not told again
 */
import type { BootFault } from "./boot-fault.ts";

export class FirstBoot {
  /** Null: all are ready; else why the application can't be served. Comes once, or never. */
  readonly outcome: Promise<BootFault | null>;
  #state: "booting" | "over" | "failed" = "booting";
  /** Workers that are not ready yet. */
  #missing: number;
  #tell: (fault: BootFault | null) => void = () => {};

  constructor(workers: number) {
    this.#missing = workers;
    this.outcome = new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  /** One more worker is ready. */
  noteReady(): void {
    if (--this.#missing !== 0 || this.#state !== "booting") return;
    this.#state = "over";
    this.#tell(null);
  }

  /** @returns false: it is over, so the fault is not its business. */
  takes(fault: BootFault): boolean {
    if (this.#state === "over") return false;
    if (this.#state === "booting") this.#tell(fault);
    this.#state = "failed";
    return true;
  }
}
