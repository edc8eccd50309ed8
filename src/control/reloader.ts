/** One reload at a time, whoever asks: a signal, the control socket, a changed file. */

export interface ReloadOutcome {
  readonly ok: boolean;
  /** One sentence. */
  readonly message: string;
  /** The application's, or "". */
  readonly traceback: string;
}

export class Reloader {
  readonly #renew: () => Promise<ReloadOutcome>;
  #running: Promise<unknown> | null = null;
  #next: Promise<ReloadOutcome> | null = null;

  /** @param renew - does it; never rejects. */
  constructor(renew: () => Promise<ReloadOutcome>) {
    this.#renew = renew;
  }

  /**
   * Reloads. What is asked for while a reload runs is a second one after it, shared by all who ask
   * meanwhile: the code may have changed since the first one read it.
   */
  reload(): Promise<ReloadOutcome> {
    if (this.#running === null) return this.#run();
    this.#next ??= this.#running.then(() => {
      this.#next = null;
      return this.#run();
    });
    return this.#next;
  }

  #run(): Promise<ReloadOutcome> {
    const run = this.#renew();
    const running = run.then(() => {
      if (this.#running === running) this.#running = null;
    });
    this.#running = running;
    return run;
  }
}
