/** Several fronts as one server: what is asked of it is asked of all of them. */
import type { Log } from "../base/log.ts";
import { FrontKeeper } from "./front-keeper.ts";
import type { HandedSocket } from "./inheritance.ts";
import type { ReloadOutcome } from "./reloader.ts";
import type { StopWish } from "./signals.ts";
import { type Serving, sumServing } from "./start-up.ts";

/** What a front gets to end in its own time, beyond what the settings give to requests. */
const STOP_SLACK_MS = 20_000;

export class Fronts {
  readonly #keepers: readonly FrontKeeper[];
  #sockets: readonly HandedSocket[];
  /** Who has not answered the last look. */
  readonly #silent: Set<FrontKeeper> = new Set();

  /** @param folder - see `Inheritance`. */
  constructor(count: number, sockets: readonly HandedSocket[], folder: string, log: Log) {
    this.#sockets = sockets;
    // Files are the main process's: one front that ends must not take them away from the others.
    const handed = (): HandedSocket[] => this.#sockets.map((each) => ({ ...each, file: null }));
    this.#keepers = Array.from(
      { length: count },
      (_, index) => new FrontKeeper({ index, count }, folder, handed, log),
    );
  }

  /**
   * Starts all. The first one alone: what is wrong with the application is then told once.
   * @param isServed - another server takes connections meanwhile.
   * @returns null, or the exit code of one that could not start.
   */
  async start(isServed: boolean): Promise<number | null> {
    const [first, ...others] = this.#keepers;
    const code = await first!.start(isServed);
    if (code !== null) return code;
    const found = first!.ready?.sockets ?? [];
    this.#sockets = this.#sockets.map((socket) => {
      const bound = found.find(({ key }) => key === socket.key)?.bound ?? socket.bound;
      return { ...socket, bound };
    });
    const codes = await Promise.all(others.map((keeper) => keeper.start(true)));
    return codes.find((each) => each !== null) ?? null;
  }

  /** As the fronts have found out by now. */
  get sockets(): readonly HandedSocket[] {
    return this.#sockets;
  }

  /** What all of them serve. */
  get serving(): Serving | null {
    const parts = this.#keepers.flatMap(({ ready }) => (ready === null ? [] : [ready.serving]));
    const [first, ...others] = parts;
    return first === undefined ? null : sumServing([first, ...others]);
  }

  /** The Python of the application. */
  get python(): string {
    return this.#keepers.find(({ ready }) => ready !== null)?.ready?.python ?? "";
  }

  /** First one front, and when that could load the new code the others: else none of them changes. */
  async reload(site: string | null): Promise<ReloadOutcome> {
    const ready = this.#keepers.filter((keeper) => keeper.ready !== null);
    const outcomes: ReloadOutcome[] = [];
    const ask = async (keeper: FrontKeeper): Promise<void> => {
      const answer = await keeper.ask({ kind: "reload", site });
      // One that has died meanwhile begins with the new code.
      if (answer?.kind === "reloaded") outcomes.push(answer.outcome);
    };
    for (const [index, keeper] of ready.entries()) {
      await ask(keeper);
      if (outcomes.some(({ ok }) => !ok)) break;
      if (outcomes.length === 0) continue;
      await Promise.all(ready.slice(index + 1).map(ask));
      break;
    }
    const failed = outcomes.find(({ ok }) => !ok);
    const message = "No front was there to reload; the next ones begin with the new code.";
    return failed ?? outcomes[0] ?? { ok: false, message, traceback: "" };
  }

  /** One worker more where there are fewest, or less where there are most. */
  async resizeBy(difference: number): Promise<void> {
    const counts = await Promise.all(
      this.#keepers.map(async (keeper) => {
        const answer = await keeper.ask({ kind: "resize", difference: 0 });
        return { keeper, workers: answer?.kind === "resized" ? answer.workers : null };
      }),
    );
    const there = counts.flatMap(({ keeper, workers }) =>
      workers === null ? [] : [{ keeper, workers }],
    );
    there.sort((a, b) => (difference > 0 ? a.workers - b.workers : b.workers - a.workers));
    await there[0]?.keeper.ask({ kind: "resize", difference });
  }

  reopenLogs(): void {
    for (const keeper of this.#keepers) keeper.tell({ kind: "reopen" });
  }

  /** Whether all serve and have answered since the last time this was asked. */
  look(): boolean {
    const isWell = this.#silent.size === 0 && this.#keepers.every(({ ready }) => ready !== null);
    for (const keeper of this.#keepers) {
      this.#silent.add(keeper);
      void keeper.ask({ kind: "look" }).then((answer) => {
        if (answer?.kind === "looked" && answer.canServe) this.#silent.delete(keeper);
      });
    }
    return isWell;
  }

  /** No front is started any more, and those that are there end. May be called again with a shorter wish. */
  end(wish: StopWish | "replaced", why: string): void {
    for (const keeper of this.#keepers) {
      keeper.end();
      keeper.tell({ kind: "stop", wish, why });
    }
  }

  /** Resolves when no front is left. */
  async ended(withinMs: number): Promise<void> {
    const timer = setTimeout(() => {
      for (const keeper of this.#keepers) keeper.kill();
    }, withinMs + STOP_SLACK_MS);
    await Promise.all(this.#keepers.map((keeper) => keeper.ended));
    clearTimeout(timer);
  }
}
