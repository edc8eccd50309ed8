/**
 * What the server does on signals. TERM: stop gracefully. INT, QUIT: stop quickly. A second one of
 * any kind makes a graceful stop a quick one. HUP: reload. TTIN, TTOU: one worker more or less.
 * USR1: open the log files again. USR2: another server takes the place of this one.
 */

export type StopWish = "graceful" | "quick";

const WISHES: readonly (readonly [NodeJS.Signals, StopWish])[] = [
  ["SIGTERM", "graceful"],
  ["SIGINT", "quick"],
  ["SIGQUIT", "quick"],
];

/**
 * Calls back for each signal that asks for a stop. Returns a function that ends the watch.
 * @param secondHurries - whether a second signal of any kind asks for a quick one.
 */
export function watchSignals(
  onStop: (wish: StopWish, signal: NodeJS.Signals) => void,
  secondHurries = true,
): () => void {
  let asked = false;
  const handlers = WISHES.map(([signal, wish]) => {
    const handler = (): void => {
      onStop(asked && secondHurries ? "quick" : wish, signal);
      asked = true;
    };
    process.on(signal, handler);
    return [signal, handler] as const;
  });
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}

/** The signals of this process as promises. */
export class StopSignals {
  wantsQuick = false;
  /** Nobody needs to notice the end: another server has the same addresses. */
  isReplaced = false;
  signal = "";
  readonly asked: Promise<"asked">;
  readonly quick: Promise<void>;
  readonly end: () => void;
  readonly #ask: (word: "asked") => void;
  readonly #hurry: () => void;

  /** @param secondHurries - see `watchSignals`. */
  constructor(secondHurries = true) {
    let ask: (word: "asked") => void = () => {};
    let hurry: () => void = () => {};
    this.asked = new Promise((resolveAsked) => (ask = resolveAsked));
    this.quick = new Promise((resolveQuick) => (hurry = resolveQuick));
    [this.#ask, this.#hurry] = [ask, hurry];
    this.end = watchSignals((wish, signal) => this.stop(wish, signal), secondHurries);
  }

  /**
   * Asks for the end without a signal. After `replaced` the first signal is not a second one.
   * @param why - for the log.
   */
  stop(wish: StopWish | "replaced", why: string): void {
    if (wish === "replaced") this.isReplaced = true;
    this.signal ||= why;
    if (wish === "quick") {
      this.wantsQuick = true;
      this.#hurry();
    }
    this.#ask("asked");
  }
}

/** What signals ask of a server that goes on. */
export interface ServingWishes {
  readonly onReload: () => void;
  /** @param difference - workers more, or fewer. */
  readonly onResize: (difference: number) => void;
  readonly onReopenLogs: () => void;
  readonly onReplace: () => void;
}

/** Signals that would end the process do nothing. */
export const NO_WISHES: ServingWishes = {
  onReload: () => {},
  onResize: () => {},
  onReopenLogs: () => {},
  onReplace: () => {},
};

/** Calls back for each signal that does not end the server. Returns a function that ends the watch. */
export function watchServingSignals(wishes: ServingWishes): () => void {
  const handlers: readonly (readonly [NodeJS.Signals, () => void])[] = [
    ["SIGHUP", wishes.onReload],
    ["SIGUSR1", wishes.onReopenLogs],
    ["SIGUSR2", wishes.onReplace],
    ["SIGTTIN", () => wishes.onResize(1)],
    ["SIGTTOU", () => wishes.onResize(-1)],
  ];
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}
