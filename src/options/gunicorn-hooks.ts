/** The hooks of gunicorn's configuration file, and what becomes of each. */

/** `runs`: in the process where gunicorn runs it; `silent`: what it tells of never happens. */
export type HookMeaning =
  | { readonly kind: "runs" }
  | { readonly kind: "silent"; readonly why: string }
  | { readonly kind: "refused"; readonly why: string };

const RUNS: HookMeaning = { kind: "runs" };
const DIRTY: HookMeaning = {
  kind: "refused",
  why: "there are no workers of that kind; use a task queue such as Celery or RQ.",
};

/** By name. */
export const gunicornHooks: Readonly<Record<string, HookMeaning>> = {
  on_starting: RUNS,
  on_reload: RUNS,
  when_ready: RUNS,
  pre_fork: RUNS,
  post_fork: RUNS,
  post_worker_init: RUNS,
  worker_int: { kind: "silent", why: "workers are not stopped by INT or QUIT" },
  worker_abort: RUNS,
  pre_exec: {
    kind: "silent",
    why: "the server that USR2 starts reads this file anew and calls on_starting and when_ready",
  },
  pre_request: RUNS,
  post_request: RUNS,
  child_exit: RUNS,
  worker_exit: RUNS,
  nworkers_changed: RUNS,
  on_exit: RUNS,
  ssl_context: {
    kind: "refused",
    why: "TLS is not spoken by Python; use --ciphers, --tls-min-version and --ca-certs.",
  },
  on_dirty_starting: DIRTY,
  dirty_post_fork: DIRTY,
  dirty_worker_init: DIRTY,
  dirty_worker_exit: DIRTY,
};
