/**
 * What has come of the two ends of each worker: the end of its link, and the nursery's report. It
 * has ended when both are here, or when nobody will report.
 */
import type { WorkerExit } from "./nursery.ts";
import type { WorkerHandle } from "./worker-handle.ts";

interface Ending {
  linkEnded: boolean;
  exit: WorkerExit | null;
}

export class WorkerEndings {
  readonly #endings: Map<WorkerHandle, Ending> = new Map();

  of(worker: WorkerHandle): Ending {
    let ending = this.#endings.get(worker);
    if (ending === undefined) {
      ending = { linkEnded: false, exit: null };
      this.#endings.set(worker, ending);
    }
    return ending;
  }

  /** The ones of which something has come. */
  workers(): WorkerHandle[] {
    return [...this.#endings.keys()];
  }

  delete(worker: WorkerHandle): void {
    this.#endings.delete(worker);
  }
}
