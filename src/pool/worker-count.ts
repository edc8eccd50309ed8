/**
 * How many workers are wanted, where the number may change (`--workers 2..8`). Who calls says from time to
 * time what the workers do, and has the wanted number booted or sent away; here is no clock.
 *
 *     a request has waited for WAIT_MS                -> one more; as many again when the queue is as long as all slots
 *     more than GROW_AT of the slots are busy         -> one more, before anything waits
 *     one less would be busy to SHRINK_AT at the most -> after the idle time one less, then one after the other
 *
 * While a worker boots nothing is decided: what it will change is not to be seen yet. Between the two
 * shares there is room, so that a load that stays the same does not make the number go up and down.
 */

/** A request that waits so long waits for more than a moment's chance. Milliseconds. */
const WAIT_MS = 100;
/** The share of busy slots beyond which one more is wanted: with less, a burst finds somebody free. */
const GROW_AT = 0.8;
/** The share that the others may be busy with when one leaves. */
const SHRINK_AT = 0.6;
/** The next one leaves after this share of the idle time. */
const STEP_SHARE = 1 / 6;
/** The share of busy slots is a mean over about so long, weighted to now. */
const MEAN_MS = 1_000;

/** Both counted in, `least` at least 1. */
export interface WorkerRange {
  readonly least: number;
  readonly most: number;
}

/** What the workers do at this moment. */
export interface WorkerLoadNow {
  readonly nowMs: number;
  /** Workers that are wanted, whatever state they are in. */
  readonly wanted: number;
  /** Those of them that take requests. */
  readonly serving: number;
  /** Slots of those, and how many of them run something. */
  readonly slots: number;
  readonly busy: number;
  /** Requests in the queue, and how long the first of them has waited. */
  readonly waiting: number;
  readonly longestWaitMs: number;
}

/** Why the number changes, in words that end a line of the log. */
export interface WorkerDecision {
  readonly wanted: number;
  readonly why: string;
}

export class WorkerCount {
  readonly #range: WorkerRange;
  readonly #idleMs: number;
  /** In workers: 1.5 means that one and a half of them were busy. */
  #meanBusy = 0;
  #lookedAtMs = -1;
  /** All have been of use until then. */
  #neededAtMs = -1;
  /** TTIN and TTOU move both ends. */
  #shift = 0;

  /** @param idleMs - how long the others have to be enough before one leaves. */
  constructor(range: WorkerRange, idleMs: number) {
    this.#range = range;
    this.#idleMs = idleMs;
  }

  get range(): WorkerRange {
    const least = Math.max(1, this.#range.least + this.#shift);
    return { least, most: Math.max(least, this.#range.most + this.#shift) };
  }

  /** Moves both ends; `least` stays at 1 or more. */
  shift(difference: number): void {
    this.#shift = Math.max(1 - this.#range.most, this.#shift + difference);
  }

  /** Null: it is as it should be. */
  look(load: WorkerLoadNow): WorkerDecision | null {
    const { nowMs, wanted, serving } = load;
    this.#note(load);
    const { least, most } = this.range;
    if (wanted < least) return { wanted: least, why: "fewer than the least" };
    if (serving < wanted) return null;
    const more = wanted < most ? this.#more(load) : null;
    if (more !== null) {
      this.#neededAtMs = nowMs;
      return { ...more, wanted: Math.min(most, more.wanted) };
    }
    if (wanted > most) return { wanted: wanted - 1, why: "more than the most" };
    if (wanted === least || this.#meanBusy > SHRINK_AT * (wanted - 1) || load.waiting > 0) {
      this.#neededAtMs = nowMs;
      return null;
    }
    if (nowMs - this.#neededAtMs < this.#idleMs) return null;
    this.#neededAtMs = nowMs - this.#idleMs * (1 - STEP_SHARE);
    return { wanted: wanted - 1, why: "the others are enough" };
  }

  #more({ wanted, slots, waiting, longestWaitMs }: WorkerLoadNow): WorkerDecision | null {
    if (waiting > 0 && longestWaitMs >= WAIT_MS) {
      const why = waiting === 1 ? "a request waits" : `${waiting} requests wait`;
      return { wanted: waiting >= slots ? wanted * 2 : wanted + 1, why };
    }
    if (this.#meanBusy <= GROW_AT * wanted) return null;
    return { wanted: wanted + 1, why: "nearly all are busy" };
  }

  #note({ nowMs, serving, slots, busy }: WorkerLoadNow): void {
    const workers = slots === 0 ? 0 : (busy / slots) * serving;
    if (this.#lookedAtMs < 0) {
      this.#neededAtMs = nowMs;
      this.#meanBusy = 0;
    } else {
      const weight = 1 - Math.exp((this.#lookedAtMs - nowMs) / MEAN_MS);
      this.#meanBusy += (workers - this.#meanBusy) * weight;
    }
    this.#lookedAtMs = nowMs;
  }
}
