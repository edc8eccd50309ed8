/** From the settings and the machine to what the workers are and do. */
import { resolve } from "node:path";

import type { Settings } from "../options/settings.ts";
import type { WorkforcePlan } from "../workers/workforce.ts";
import type { Place } from "./place.ts";

export function workforcePlan(settings: Settings, place: Place): WorkforcePlan {
  return {
    python: place.interpreter.path,
    app: settings.app,
    workers: place.workers,
    // PEP 3333 "environ Variables": while a worker is replaced, two of them run the application.
    multiprocess: place.workers > 1 || recycles(settings),
    threads: settings.threads,
    // PYTHONPATH-like: relative folders count from the working directory.
    pythonPath: settings.pythonpath.map((folder) => resolve(place.cwd, folder)),
    cwd: place.cwd,
    env: { ...process.env, ...settings.env },
    maxQueued: settings.queueSize,
    maxWaitMs: settings.requestQueueTimeoutMs,
    bootTimeoutMs: settings.bootTimeoutMs,
    gracefulTimeoutMs: settings.gracefulTimeoutMs,
    recycling: {
      maxRequests: settings.maxRequests,
      maxRequestsJitter: settings.maxRequestsJitter,
      maxLifetimeMs: settings.maxWorkerLifetimeMs,
      maxMemoryBytes: settings.maxWorkerMemoryBytes,
      hardMemoryBytes: settings.maxWorkerMemoryHardBytes,
    },
  };
}

function recycles(settings: Settings): boolean {
  const { maxRequests, maxWorkerLifetimeMs, maxWorkerMemoryBytes } = settings;
  return maxRequests + maxWorkerLifetimeMs + maxWorkerMemoryBytes > 0;
}
