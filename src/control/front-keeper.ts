/**
 * The main process's end of one front: starts it, hears how it is, and starts another one when it has died,
 * at once when it had lived for a while, later each time when fronts die young.
 *
 *     none -> booting -> ready -> none (it died) -> booting ... -> ended (asked)
 */
import type { ChildProcess } from "node:child_process";

import type { Log } from "../base/log.ts";
import { BackOff } from "../pool/back-off.ts";
import type { FrontAnswer, FrontOrder, FrontWord } from "./front-orders.ts";
import type { FrontShare, HandedSocket } from "./inheritance.ts";
import { startCommand } from "./successor.ts";

export type FrontReady = Extract<FrontWord, { readonly kind: "ready" }>;

/** An order that is answered, without its number. */
type Question =
  | { readonly kind: "reload"; readonly site: string | null }
  | { readonly kind: "resize"; readonly difference: number }
  | { readonly kind: "look" };

export class FrontKeeper {
  /** Of the front that serves; null: there is none at this moment. */
  ready: FrontReady | null = null;
  readonly #share: FrontShare;
  readonly #log: Log;
  readonly #sockets: () => readonly HandedSocket[];
  readonly #folder: string;
  readonly #backOff: BackOff = new BackOff();
  readonly #waiting: Map<number, (answer: FrontAnswer | null) => void> = new Map();
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();
  #bornAtMs = 0;
  #timer: NodeJS.Timeout | null = null;
  #lastId = 0;
  #hasServed = false;
  #isEnding = false;

  /** @param folder - see `Inheritance`. */
  constructor(share: FrontShare, folder: string, sockets: () => readonly HandedSocket[], log: Log) {
    this.#share = share;
    this.#folder = folder;
    this.#sockets = sockets;
    this.#log = log;
  }

  /**
   * Starts a front. Resolves with null when it serves, with its exit code when it ended before.
   * @param isServed - others take connections meanwhile.
   */
  start(isServed: boolean): Promise<number | null> {
    this.#timer = null;
    this.#bornAtMs = performance.now();
    const born = { isServed, share: this.#share, folder: this.#folder };
    const child = startCommand(this.#sockets(), born, {});
    this.#child = child;
    return new Promise((resolve) => {
      child.on("message", (word: FrontWord) => {
        if (word.kind !== "ready") {
          this.#answer(word.id, word);
          return;
        }
        this.ready = word;
        this.#hasServed = true;
        resolve(null);
      });
      this.#ended = new Promise((resolveEnded) => {
        const gone = (code: number | null, how: string): void => {
          if (this.#child !== child) return;
          this.#child = null;
          this.ready = null;
          for (const id of this.#waiting.keys()) this.#answer(id, null);
          resolve(code ?? 1);
          resolveEnded();
          // One that could not even start for the first time ends the server.
          if (!this.#isEnding && this.#hasServed) this.#startAgain(child, how);
        };
        child.on("exit", (code, signal) => gone(code, signal ?? `exit code ${code}`));
        child.on("error", (error) => gone(null, error.message));
      });
    });
  }

  #startAgain(child: ChildProcess, how: string): void {
    const delayMs = this.#backOff.delayAfter(performance.now() - this.#bornAtMs);
    const when = delayMs === 0 ? "" : ` in ${delayMs / 1000} s`;
    const which = `Front ${this.#share.index + 1} of ${this.#share.count} (process ${child.pid})`;
    this.#log.write("error", `${which} has ended with ${how}; another one is started${when}.`);
    this.#timer = setTimeout(() => void this.start(true), delayMs);
  }

  /** Resolves with the answer; null: the front has died, or does not serve yet. */
  ask(question: Question): Promise<FrontAnswer | null> {
    if (this.ready === null) return Promise.resolve(null);
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.tell({ ...question, id });
    });
  }

  tell(order: FrontOrder): void {
    // Without it "exit" follows, or has come.
    if (this.#child?.connected === true) this.#child.send(order, () => {});
  }

  #answer(id: number, answer: FrontAnswer | null): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }

  /** No other front is started from now on. */
  end(): void {
    this.#isEnding = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** Resolves when the process is gone. */
  get ended(): Promise<void> {
    return this.#child === null ? Promise.resolve() : this.#ended;
  }

  kill(): void {
    this.#child?.kill("SIGKILL");
  }
}
