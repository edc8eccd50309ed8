/**
 * The places for workers. Processes come and go in a place, until its worker is told to leave for
 * good: because another place's worker has taken over, or because fewer are wanted.
 *
 *     empty -> asked for -> booting -> serving -> leaving -> removed
 *       ^___________________________________|  (its worker has died)
 *
 * And who is next to be replaced: one worker at a time, so that a machine that has room for one
 * more process has room for all replacements.
 */
export interface WorkerPlace {
  readonly number: number;
  /** 0: none. -1: asked for, its number is not known yet. */
  pid: number;
  forkedAtMs: number;
  bootTimer: NodeJS.Timeout | null;
  /** Its worker was told that no other process runs the application. */
  isAlone: boolean;
  /** Its worker can have requests. */
  isServing: boolean;
  /** The place whose worker leaves when the one in this place is ready. */
  replaces: WorkerPlace | null;
  /** Its worker takes no more work, and nobody comes after it. */
  isLeaving: boolean;
}

export class WorkerPlaces {
  readonly #places: Map<number, WorkerPlace> = new Map();
  /** Places whose workers are worn, in the order in which that was seen. */
  readonly #worn: Set<WorkerPlace> = new Set();
  #lastNumber = 0;

  /** @param replaces - the place whose worker leaves when this one's is ready, or null. */
  add(replaces: WorkerPlace | null): WorkerPlace {
    const place: WorkerPlace = {
      number: ++this.#lastNumber,
      pid: 0,
      forkedAtMs: 0,
      bootTimer: null,
      isAlone: false,
      isServing: false,
      replaces,
      isLeaving: false,
    };
    this.#places.set(place.number, place);
    return place;
  }

  remove(place: WorkerPlace): void {
    const successor = this.successorOf(place);
    if (successor !== undefined) successor.replaces = null;
    this.#worn.delete(place);
    this.#places.delete(place.number);
  }

  /** Its worker has gone. */
  empty(place: WorkerPlace): void {
    clearBootTimer(place);
    place.pid = 0;
    place.isServing = false;
    this.#worn.delete(place);
  }

  get size(): number {
    return this.#places.size;
  }

  [Symbol.iterator](): Iterator<WorkerPlace> {
    return this.#places.values();
  }

  get(number: number): WorkerPlace | undefined {
    return this.#places.get(number);
  }

  of(pid: number): WorkerPlace | undefined {
    for (const place of this.#places.values()) if (place.pid === pid) return place;
    return undefined;
  }

  /** The ones that count: neither left nor on their way in another one's stead; oldest first. */
  lasting(): WorkerPlace[] {
    return [...this.#places.values()].filter(
      (place) => !place.isLeaving && place.replaces === null,
    );
  }

  successorOf(place: WorkerPlace): WorkerPlace | undefined {
    for (const other of this.#places.values()) if (other.replaces === place) return other;
    return undefined;
  }

  /** @returns false: it is known already, or leaving anyway. */
  noteWorn(place: WorkerPlace): boolean {
    if (place.isLeaving || this.#worn.has(place)) return false;
    if (this.successorOf(place) !== undefined) return false;
    this.#worn.add(place);
    return true;
  }

  /** A new place for the successor of the next worn worker; null: none, or it is not the time. */
  nextReplacement(): WorkerPlace | null {
    for (const place of this.#places.values()) {
      if (place.isLeaving || place.replaces !== null) return null;
    }
    for (const place of this.#worn) {
      this.#worn.delete(place);
      return this.add(place);
    }
    return null;
  }
}

export function clearBootTimer(place: WorkerPlace): void {
  if (place.bootTimer !== null) clearTimeout(place.bootTimer);
  place.bootTimer = null;
}
