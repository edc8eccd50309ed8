/**
 * One action on a server of its own, under load, and what came of it. What is lost is compared
 * with what the workers' own records say: a request that has begun and not ended when its worker
 * was killed is the only one that may be lost, and it gets 502.
 *
 * Between the worker's taking a request and the application's first line, and between the
 * application's last line and the end of the answer, a request runs too, and no record can say so:
 * `unrecorded` counts these few; they and the recorded ones together are never more than the
 * threads of the workers that were killed.
 */
import { type Action, type ChaosSize, type Scene } from "./actions.ts";
import { ChaosLoad } from "./chaos-load.ts";
import { ChaosServer } from "./chaos-server.ts";
import { type ChaosTarget, THREADS } from "./targets.ts";

const CONNECTIONS = 16;

export interface Outcome {
  readonly right: number;
  readonly lost: number;
  readonly wrong: number;
  /** How often each status came that is not 200. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly refused: number;
  /** What ended the server though nobody asked for it. */
  readonly endedBy: string | null;
  readonly killed: number;
  /** Requests that the killed workers had begun and not ended, by their records. */
  readonly running: number;
  /** 502 for requests that no record shows as running. */
  readonly unrecorded: number;
  /** What is not as it has to be. */
  readonly faults: readonly string[];
}

/** @returns null when the target does not have what the action is about. */
export async function tryAction(
  target: ChaosTarget,
  action: Action,
  size: ChaosSize,
): Promise<Outcome | null> {
  const flags = action.flags(target);
  if (flags === null) return null;
  const server = await ChaosServer.start(target, flags);
  const load = new ChaosLoad(server.port, CONNECTIONS);
  const scene: Scene = { server, load, size, faults: [], killed: new Set(), isStuck: false };
  try {
    await action.run(scene);
    await load.stop();
    const { endedBy } = server;
    if (action.killsFront !== true) await judgeStop(scene);
    return judge(scene, endedBy, action.killsFront === true);
  } finally {
    await load.stop();
    await server.remove();
  }
}

async function judgeStop({ server, faults }: Scene): Promise<void> {
  if (server.endedBy === null) {
    const code = await server.stop();
    if (code !== 0) faults.push(`TERM at the end: exit code ${code}`);
  }
  const left = await server.leftAfter(3000);
  if (left > 0) faults.push(`${left} processes left`);
}

function judge(scene: Scene, endedBy: string | null, isFrontKilled: boolean): Outcome {
  const { load, server, killed, faults } = scene;
  const { begun, unfinished } = readRecords(server.records());
  const lostToKills = new Set(load.refusals.get(502));
  // What hangs is never finished; it is judged by its action.
  const running = [...unfinished].filter(([id, pid]) => id.startsWith("c") && killed.has(pid));
  const unrecorded = [...lostToKills].filter((id) => !unfinished.has(id)).length;
  if (endedBy !== null) faults.push(`the server ended: ${endedBy}`);
  for (const text of load.wrong) faults.push(`wrong answer ${text}`);
  for (const [id, times] of begun) if (times > 1) faults.push(`${id} was run ${times} times`);
  if (!isFrontKilled) {
    for (const [id, what] of load.lost) faults.push(`${id} lost: ${what}`);
    if (load.refused > 0) faults.push(`${load.refused} connections refused`);
    for (const [id, pid] of running) {
      if (!lostToKills.has(id)) faults.push(`${id} was running in ${pid}, and did not get 502`);
    }
    for (const [status, ids] of load.refusals) {
      if (status !== 502) faults.push(`status ${status} for ${ids.length} requests`);
    }
    if (lostToKills.size > killed.size * THREADS) {
      faults.push(`${lostToKills.size} times 502, ${killed.size} workers of ${THREADS} killed`);
    }
    for (const id of lostToKills) {
      const pid = unfinished.get(id);
      if (pid !== undefined && !killed.has(pid)) faults.push(`502 for ${id}: ${pid} not killed`);
    }
  }
  const statuses = Object.fromEntries([...load.refusals].map(([s, ids]) => [s, ids.length]));
  return {
    right: load.right,
    lost: load.lost.size,
    wrong: load.wrong.length,
    statuses,
    refused: load.refused,
    endedBy,
    killed: killed.size,
    running: running.length,
    unrecorded,
    faults,
  };
}

interface Records {
  /** How often each request was begun. */
  readonly begun: ReadonlyMap<string, number>;
  /** The worker of each request that has begun and not ended. */
  readonly unfinished: ReadonlyMap<string, number>;
}

function readRecords(lines: readonly string[]): Records {
  const begun = new Map<string, number>();
  const unfinished = new Map<string, number>();
  for (const line of lines) {
    const [what, pid, id = ""] = line.split(" ");
    if (id === "start") continue;
    if (what === "begin") {
      begun.set(id, (begun.get(id) ?? 0) + 1);
      unfinished.set(id, Number(pid));
    } else {
      unfinished.delete(id);
    }
  }
  return { begun, unfinished };
}
