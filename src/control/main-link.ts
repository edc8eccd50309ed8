/**
 * A front's end of the link to the main process. When that has gone the front follows it: nobody would
 * hear its signals, and nobody would replace it.
 */
import { rmSync } from "node:fs";

import type { FrontOrder, FrontWord } from "./front-orders.ts";
import type { ReloadOutcome } from "./reloader.ts";
import type { StopSignals } from "./signals.ts";

/** What running requests get when the main process has died. */
const ORPHAN_MS = 1_000;

/** What a front does when it is told to. */
export interface FrontDuties {
  readonly reload: (site: string | null) => Promise<ReloadOutcome>;
  /** Returns how many workers are wanted then. */
  readonly resize: (difference: number) => number;
  readonly canServe: () => boolean;
  readonly reopenLogs: () => void;
}

export class MainLink {
  readonly #signals: StopSignals;
  #duties: FrontDuties | null = null;

  /**
   * Until `serve` nothing but the end can be asked for.
   * @param folder - of the main process, which can't remove it when it is killed; "": none.
   */
  constructor(signals: StopSignals, folder: string) {
    this.#signals = signals;
    process.on("message", (order: FrontOrder) => void this.#obey(order));
    const follow = (): void => {
      if (folder !== "") rmSync(folder, { recursive: true, force: true });
      signals.stop("graceful", "the main process has gone");
      setTimeout(() => signals.stop("quick", ""), ORPHAN_MS).unref();
    };
    if (process.connected) process.on("disconnect", follow);
    else follow();
  }

  serve(duties: FrontDuties, word: FrontWord): void {
    this.#duties = duties;
    say(word);
  }

  async #obey(order: FrontOrder): Promise<void> {
    if (order.kind === "stop") {
      this.#signals.stop(order.wish, order.why);
      return;
    }
    const duties = this.#duties;
    if (duties === null) return;
    switch (order.kind) {
      case "reload":
        say({ kind: "reloaded", id: order.id, outcome: await duties.reload(order.site) });
        break;
      case "resize":
        say({ kind: "resized", id: order.id, workers: duties.resize(order.difference) });
        break;
      case "look":
        say({ kind: "looked", id: order.id, canServe: duties.canServe() });
        break;
      case "reopen":
        duties.reopenLogs();
        break;
    }
  }
}

function say(word: FrontWord): void {
  // A main process that has gone hears nothing; "disconnect" follows.
  if (process.connected) process.send?.(word, undefined, undefined, () => {});
}
