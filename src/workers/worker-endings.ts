/**
 * When a worker has ended: two things have come, the nursery's report with its ledger, and the end of
 * its link, after which no answer can arrive. The nursery keeps the link open until it is told to let
 * go, so the report comes first and nothing is written to a process that is gone.
 *
 * One of the two may never come. When the nursery has died nobody reports: then a worker has ended
 * when its link has (wire §6.3). And who died before its HELLO was read may have no link: it is waited
 * for a moment.
 */
import type { WorkerExit } from "./nursery.ts";
import type { NurseryKeeper } from "./nursery-keeper.ts";
import type { WorkerHandle } from "./worker-handle.ts";

export interface EndingEvents {
  /** `exit` is null when nobody can say how. */
  onEnded(worker: WorkerHandle, exit: WorkerExit | null): void;
  /** A process has ended that has not said HELLO. */
  onEndedUnseen(exit: WorkerExit): void;
}

interface Ending {
  linkEnded: boolean;
  exit: WorkerExit | null;
}

/** What a dead worker has written to a link that was not looked at yet is read well within this. */
const LATE_HELLO_MS = 250;

export class WorkerEndings {
  readonly #nurseries: Pick<NurseryKeeper, "isParentOf" | "kill" | "release">;
  readonly #events: EndingEvents;
  /** Workers of which one of the two has come. */
  readonly #endings: Map<WorkerHandle, Ending> = new Map();
  /** Reports, by process id, about workers whose HELLO was not read yet. */
  readonly #early: Map<number, WorkerExit> = new Map();

  constructor(
    nurseries: Pick<NurseryKeeper, "isParentOf" | "kill" | "release">,
    events: EndingEvents,
  ) {
    this.#nurseries = nurseries;
    this.#events = events;
  }

  /** A worker has said HELLO; its process may have ended by now. */
  noteGreeted(worker: WorkerHandle): void {
    const exit = this.#early.get(worker.pid);
    if (exit === undefined) return;
    this.#early.delete(worker.pid);
    worker.processEnded = true;
    this.#of(worker).exit = exit;
  }

  /**
   * The nursery reports an end.
   * @param worker - undefined: it has not said HELLO.
   */
  noteExit(worker: WorkerHandle | undefined, exit: WorkerExit): void {
    if (worker === undefined) this.#waitForHello(exit);
    else {
      worker.ready = false;
      worker.processEnded = true;
      this.#of(worker).exit = exit;
    }
    // Nothing is written to it any more, so its link can end; what it has written comes first.
    this.#nurseries.release(exit.pid);
    if (worker !== undefined) this.#settle(worker);
  }

  #waitForHello(exit: WorkerExit): void {
    this.#early.set(exit.pid, exit);
    // No stop calls this off: it waits for this end, too.
    setTimeout(() => {
      if (this.#early.delete(exit.pid)) this.#events.onEndedUnseen(exit);
    }, LATE_HELLO_MS);
  }

  noteLinkEnd(worker: WorkerHandle): void {
    const ending = this.#of(worker);
    ending.linkEnded = true;
    // While it lives and is ours the nursery holds the link: so it was cut on this side.
    if (this.#nurseries.isParentOf(worker) && ending.exit === null) {
      this.#nurseries.kill(worker.pid, worker);
    }
    this.#settle(worker);
  }

  /** The nursery has ended: the reports that were waited for will not come. */
  noteNurseryEnd(): void {
    for (const worker of [...this.#endings.keys()]) this.#settle(worker);
  }

  #of(worker: WorkerHandle): Ending {
    let ending = this.#endings.get(worker);
    if (ending === undefined) {
      ending = { linkEnded: false, exit: null };
      this.#endings.set(worker, ending);
    }
    return ending;
  }

  #settle(worker: WorkerHandle): void {
    const { linkEnded, exit } = this.#of(worker);
    if (!linkEnded || (exit === null && this.#nurseries.isParentOf(worker))) return;
    this.#endings.delete(worker);
    if (exit === null) this.#nurseries.release(worker.pid);
    this.#events.onEnded(worker, exit);
  }
}
