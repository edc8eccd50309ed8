/** What the processes of a generation are, and whom they tell. */
import type { Socket } from "node:net";

import type { LastingNurseryPlan } from "./nursery-keeper.ts";
import type { WorkerExit } from "./nursery.ts";
import type { WorkerHandle } from "./worker-handle.ts";

export interface ProcessPlan extends LastingNurseryPlan {
  readonly workers: number;
  /** Whether more than one process runs the application at a time, as a matter of course. */
  readonly multiprocess: boolean;
  /** What a worker that leaves may take for the requests that it has. */
  readonly gracefulTimeoutMs: number;
}

export interface ProcessEvents {
  /** A worker has said HELLO: makes its handle. */
  onGreeted(socket: Socket, pid: number): WorkerHandle;
  /** A worker has ended. `exit` is null when nobody can say how. */
  onEnded(worker: WorkerHandle, exit: WorkerExit | null): void;
}
