/** From the settings and the machine to what the workers are and do. */
import { resolve } from "node:path";

import type { ListenerConstants } from "../gateway/request-environ.ts";
import type { Settings } from "../options/settings.ts";
import type { WorkforcePlan } from "../workers/workforce.ts";
import { gunicornConfigSpec, isGunicornConfig } from "./gunicorn-config-path.ts";
import type { Place } from "./place.ts";
import { warmUpRequest } from "./warm-up-request.ts";

/** @param constants - of the listener that a warm-up request seems to come through; null: none comes. */
export function workforcePlan(
  settings: Settings,
  place: Place,
  constants: ListenerConstants | null,
): WorkforcePlan {
  const { warmup } = settings;
  return {
    warmUp: constants === null || warmup === null ? null : warmUpRequest(warmup, constants.id),
    python: place.interpreter.path,
    app: settings.app,
    workers: place.workers,
    // PEP 3333 "environ Variables": while a worker is replaced, two of them run the application.
    multiprocess: place.workers > 1 || recycles(settings),
    threads: settings.threads,
    preloads: settings.preload,
    // PYTHONPATH-like: relative folders count from the working directory.
    pythonPath: settings.pythonpath.map((folder) => resolve(place.cwd, folder)),
    cwd: place.cwd,
    env: { ...process.env, ...settings.env, ...hooksVariable(settings) },
    maxQueued: settings.queueSize,
    maxWaitMs: settings.requestQueueTimeoutMs,
    watch: {
      timeoutMs: settings.timeoutMs,
      slowMs: settings.slowRequestLogMs,
      graceMs: settings.timeoutGraceMs,
    },
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

/** Where the Python half finds the hooks of gunicorn's configuration file; it removes the variable. */
function hooksVariable({ config, app }: Settings): NodeJS.ProcessEnv {
  if (config === null || !isGunicornConfig(config)) return {};
  return { WIZGY_HOOKS: [gunicornConfigSpec(config), process.cwd(), app].join("\n") };
}

function recycles(settings: Settings): boolean {
  const { maxRequests, maxWorkerLifetimeMs, maxWorkerMemoryBytes } = settings;
  return maxRequests + maxWorkerLifetimeMs + maxWorkerMemoryBytes > 0;
}
