/** From the settings and the machine to what the workers are and do. */
import { resolve } from "node:path";

import type { ListenerConstants } from "../gateway/request-environ.ts";
import type { BindAddress } from "../options/bind-address.ts";
import { gunicornValues } from "../options/gunicorn-values.ts";
import type { Settings } from "../options/settings.ts";
import { type Launcher, OWN_LAUNCHER } from "../workers/launcher.ts";
import type { WorkerOutput } from "../workers/nursery.ts";
import type { WorkforcePlan } from "../workers/workforce.ts";
import { gunicornConfigSpec, isGunicornConfig } from "./gunicorn-config-path.ts";
import type { Place } from "./place.ts";
import { warmUpRequest } from "./warm-up-request.ts";

/** What a plan depends on besides settings and machine. */
export interface PlanContext {
  /** Of the listener that a warm-up request seems to come through; null: none comes. */
  readonly constants: ListenerConstants | null;
  /** Null: workers write where the server does. */
  readonly output: WorkerOutput | null;
  readonly isReload: boolean;
  /** Who starts Python, with the rights that it is to have. */
  readonly launcher: Launcher;
  /** Variables that say whose rights these are, in the place of the server's own. */
  readonly identity: Readonly<Record<string, string>>;
}

/** Without a server. */
export const NO_CONTEXT: PlanContext = {
  constants: null,
  output: null,
  isReload: false,
  launcher: OWN_LAUNCHER,
  identity: {},
};

export function workforcePlan(
  settings: Settings,
  place: Place,
  { constants, output, isReload, launcher, identity }: PlanContext,
): WorkforcePlan {
  const { warmup } = settings;
  const greenlets = settings.workerClass === "gevent";
  return {
    warmUp: constants === null || warmup === null ? null : warmUpRequest(warmup, constants.id),
    python: place.interpreter.path,
    output,
    launcher,
    app: settings.app,
    workers: place.workers,
    mostWorkers: place.mostWorkers,
    workerIdleMs: settings.workerIdleTimeoutMs,
    // PEP 3333 "environ Variables": while a worker is replaced, two of them run the application.
    multiprocess: place.mostWorkers > 1 || settings.fronts > 1 || recycles(settings),
    threads: greenlets ? settings.workerConnections : settings.threads,
    greenlets,
    preloads: settings.preload,
    // PYTHONPATH-like: relative folders count from the working directory.
    pythonPath: settings.pythonpath.map((folder) => resolve(place.cwd, folder)),
    cwd: place.cwd,
    env: {
      ...process.env,
      ...identity,
      ...settings.env,
      ...hooksVariable(settings, place.workers, isReload),
    },
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

/** What the Python half has to know of the hooks of gunicorn's configuration file; it removes the variable. */
function hooksVariable(
  settings: Settings,
  workers: number,
  isReload: boolean,
): { readonly WIZGY_HOOKS?: string } {
  const { config, gunicornCompat, app } = settings;
  if (config === null || !isGunicornConfig(config, gunicornCompat)) return {};
  const about = {
    spec: gunicornConfigSpec(config),
    folder: process.cwd(),
    isReload,
    address: settings.bind.map(gunicornAddress),
    settings: { ...gunicornValues(settings), wsgi_app: app, workers },
  };
  return { WIZGY_HOOKS: JSON.stringify(about) };
}

/** As gunicorn's `cfg.address` has it. */
function gunicornAddress(address: BindAddress): string | number | readonly [string, number] {
  switch (address.kind) {
    case "unix":
      return address.path;
    case "fd":
      return /^\d+$/.test(address.name) ? Number(address.name) : address.name;
    case "tcp":
      return [address.host, address.port];
  }
}

function recycles(settings: Settings): boolean {
  const { maxRequests, maxWorkerLifetimeMs, maxWorkerMemoryBytes } = settings;
  return maxRequests + maxWorkerLifetimeMs + maxWorkerMemoryBytes > 0;
}
