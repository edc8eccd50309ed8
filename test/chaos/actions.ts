/**
 * What is done to a server while the load runs. An action waits for answers, bounded, and never
 * for a fixed speed; when the server ends it stops. What an action alone can judge it notes as a
 * fault; what is judged for all of them is in `try-action.ts`.
 */
import { setTimeout as wait } from "node:timers/promises";

import { lifeRequest } from "../support/life-server.ts";
import { RawClient } from "../support/raw-client.ts";
import type { ChaosLoad } from "./chaos-load.ts";
import type { ChaosServer } from "./chaos-server.ts";
import type { ChaosTarget } from "./targets.ts";

/** How much of each is done. */
export interface ChaosSize {
  readonly hups: number;
  readonly kills: number;
  /** Workers that `--max-requests` has to have replaced. */
  readonly replaced: number;
  readonly rounds: number;
  /** Servers that another one takes the place of. */
  readonly replacements: number;
}

export const fullSize: ChaosSize = {
  hups: 20,
  kills: 200,
  replaced: 40,
  rounds: 10,
  replacements: 3,
};
export const shortSize: ChaosSize = { hups: 5, kills: 16, replaced: 4, rounds: 1, replacements: 1 };

export interface Scene {
  readonly server: ChaosServer;
  readonly load: ChaosLoad;
  readonly size: ChaosSize;
  readonly faults: string[];
  /** Workers that were killed. */
  readonly killed: Set<number>;
  /** Something that was waited for did not come. */
  isStuck: boolean;
}

export interface Action {
  readonly title: (size: ChaosSize) => string;
  /** What has to come of it, in a sentence for readers. */
  readonly wanted: string;
  /** Null: the target does not have what this is about. */
  readonly flags: (target: ChaosTarget) => readonly string[] | null;
  /** Whether the front itself is killed: then nothing can be answered any more. */
  readonly killsFront?: true;
  readonly run: (scene: Scene) => Promise<void>;
}

/** Seconds, of --timeout. */
const HANG_TIMEOUT = 3;
/** Far more than anything takes that is waited for. */
const BOUND_MS = 15_000;
/** The same for thousands of requests. */
const LONG_BOUND_MS = 300_000;
const LOOK_EVERY_MS = 10;

const none = (): readonly string[] => [];

export const actions: readonly Action[] = [
  {
    title: ({ hups }) => `HUP x ${hups}, each after the one before`,
    wanted: "New workers answer after each of them, and no request notices.",
    flags: none,
    run: async (scene) => {
      for (let count = 0; count < scene.size.hups; count++) await reload(scene);
    },
  },
  {
    title: ({ hups }) => `HUP x ${hups}, quickly`,
    wanted:
      "The next comes after 20 answers, whether the one before is done or not. No request notices.",
    flags: none,
    run: async (scene) => {
      const before = scene.load.workers.size;
      for (let count = 0; count < scene.size.hups; count++) {
        scene.server.signal("SIGHUP");
        await further(scene, 20);
      }
      const isNew = (): boolean => scene.load.workers.size > before;
      await expect(scene, "no new worker has answered", isNew);
      await further(scene, 100);
    },
  },
  {
    title: ({ kills }) => `SIGKILL of a worker x ${kills}`,
    wanted: "What the worker was running can't be answered; everything else is.",
    flags: none,
    run: async (scene) => {
      for (let count = 0; count < scene.size.kills; count++) await killWorker(scene);
    },
  },
  {
    title: () => "--max-requests 500",
    wanted: "Workers are replaced all the time, and no request notices.",
    flags: (target) => target.maxRequests(500),
    run: (scene) =>
      expect(
        scene,
        "too few workers were replaced",
        () => {
          return scene.load.workers.size >= scene.size.replaced;
        },
        LONG_BOUND_MS,
      ),
  },
  {
    title: () => "HUP to broken code, and back",
    wanted: "The old code goes on while the new one can't be imported.",
    flags: none,
    run: async (scene) => {
      scene.server.breakCode();
      scene.server.signal("SIGHUP");
      await expect(scene, "the log has no traceback", () => {
        return scene.server.log().includes("told to fail");
      });
      await further(scene, 200);
      scene.server.mendCode();
      await reload(scene);
    },
  },
  {
    title: ({ rounds }) => `TTIN, TTIN, TTOU, TTOU x ${rounds}`,
    wanted: "Two workers more, two workers less, and no request notices.",
    flags: (target) => (target.hasWorkerSignals ? [] : null),
    run: async (scene) => {
      const { server, size } = scene;
      for (let round = 0; round < size.rounds; round++) {
        // Not by their answers: where connections stay with a worker, a new one waits for a new connection.
        const before = new Set(server.processes());
        server.signal("SIGTTIN");
        await further(scene, 20);
        server.signal("SIGTTIN");
        const isMore = (): boolean =>
          server.processes().filter((pid) => !before.has(pid)).length >= 2;
        await expect(scene, "no two more workers", isMore);
        await further(scene, 50);
        server.signal("SIGTTOU");
        await further(scene, 20);
        server.signal("SIGTTOU");
        await further(scene, 100);
      }
    },
  },
  {
    title: ({ replacements }) => `USR2 x ${replacements}`,
    wanted:
      "Another server takes the sockets each time, and the old one ends. No connection is refused and no request notices.",
    flags: ({ replaces }) => (replaces === null ? null : []),
    run: async (scene) => {
      for (let count = 0; count < scene.size.replacements; count++) {
        await further(scene, 100);
        const fault = await scene.server.replace(BOUND_MS);
        if (fault !== null) scene.faults.push(fault);
        await further(scene, 100);
      }
    },
  },
  {
    title: () => "all of it at once",
    wanted:
      "Workers are killed at random, with --max-requests 500, HUP, TTIN and TTOU between. Only what killed workers were running is lost.",
    flags: (target) => target.maxRequests(500),
    run: async (scene) => {
      const { server, size } = scene;
      for (let count = 1; count <= size.kills / 4; count++) {
        await killWorker(scene);
        if (count % 5 === 0) server.signal("SIGHUP");
        if (count % 7 === 0) server.signal(count % 2 === 0 ? "SIGTTIN" : "SIGTTOU");
      }
      await further(scene, 200);
    },
  },
  {
    title: () => `two requests hang, --timeout ${HANG_TIMEOUT}`,
    wanted: `Both are answered with 504 after ${HANG_TIMEOUT} s, their stacks are in the log, the processes with their threads go, and nobody else notices.`,
    flags: (target) => target.timeout(HANG_TIMEOUT),
    run: async (scene) => {
      const outcomes = await Promise.all([hang(scene, "hang-1"), hang(scene, "hang-2")]);
      for (const outcome of outcomes) {
        if (outcome !== "504") scene.faults.push(`a request that hangs: ${outcome}`);
      }
      if (scene.faults.length > 0) return;
      await expect(scene, "the log has not the stacks of both", () => {
        return scene.server.log().split("time.sleep(HANG_SECONDS)").length === 3;
      });
      const hung = scene.server.records().flatMap((line) => {
        return line.includes(" hang-") ? [Number(line.split(" ")[1])] : [];
      });
      await expect(scene, "the processes with the threads that hang are not gone", () => {
        const living = scene.server.processes();
        return !hung.some((pid) => living.includes(pid));
      });
    },
  },
  {
    title: () => "SIGKILL of the main process",
    wanted:
      "After 3 s no process is left, and the port is free for the next start. Open connections can't be saved.",
    flags: none,
    killsFront: true,
    run: async (scene) => {
      const { server, faults } = scene;
      await further(scene, 200);
      server.signal("SIGKILL");
      const left = await server.leftAfter(3000);
      if (left > 0) faults.push(`${left} processes left after 3 s`);
      if (!(await server.portIsFree())) faults.push("the port is not free");
    },
  },
];

/** HUP; resolves when a worker answers that never did before. */
async function reload(scene: Scene): Promise<void> {
  const before = scene.load.workers.size;
  scene.server.signal("SIGHUP");
  await expect(scene, "no new worker after HUP", () => scene.load.workers.size > before);
  await further(scene, 20);
}

/** One of those that answered lately, at a moment that nobody chose. */
async function killWorker(scene: Scene): Promise<void> {
  await further(scene, 10 + Math.floor(Math.random() * 40));
  const candidates = (): number[] => scene.load.recent.filter((pid) => !scene.killed.has(pid));
  await expect(scene, "no worker to kill", () => candidates().length > 0);
  const living = new Set(scene.server.processes());
  const there = candidates().filter((candidate) => living.has(candidate));
  const pid = there[Math.floor(Math.random() * there.length)];
  if (pid === undefined) return;
  try {
    process.kill(pid, "SIGKILL");
    scene.killed.add(pid);
  } catch {
    // It left by itself at this moment.
  }
}

/** The status of an answer that took as long as it should, or what came instead. */
async function hang({ server }: Scene, id: string): Promise<string> {
  const client = await RawClient.open(server.port).catch(() => null);
  if (client === null) return "refused";
  try {
    const began = performance.now();
    client.send(lifeRequest(`/hang?id=${id}`));
    const { status } = await client.answer();
    const seconds = (performance.now() - began) / 1000;
    return seconds >= HANG_TIMEOUT - 0.1 ? String(status) : `${status} after ${seconds} s`;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return text.startsWith("waited") ? "no answer within 10 s" : "closed without an answer";
  } finally {
    client.destroy();
  }
}

/** So many right answers more. */
function further(scene: Scene, count: number): Promise<void> {
  const goal = scene.load.right + count;
  return expect(scene, `no ${count} further answers`, () => scene.load.right >= goal);
}

async function expect(
  scene: Scene,
  fault: string,
  isSo: () => boolean,
  boundMs: number = BOUND_MS,
): Promise<void> {
  const deadline = performance.now() + boundMs;
  while (!isSo()) {
    // What did not come once would be waited for again and again.
    if (scene.server.hasEnded || scene.isStuck) return;
    if (performance.now() > deadline) {
      scene.faults.push(`${fault} within ${boundMs / 1000} s`);
      scene.isStuck = true;
      return;
    }
    await wait(LOOK_EVERY_MS);
  }
}
