/**
 * Who comes and who leaves by order, while a generation lives: worn workers are replaced, and fewer or
 * more are wanted. That a worker has died, and another one comes for it, is none of this.
 *
 * A worn worker goes on until its successor, in a place of its own, is ready; then it finishes what
 * it has and leaves. One at a time: the next replacement begins when the old worker has left.
 *
 * It decides and keeps the places; processes are started and ended by who hears of it.
 */
import type { Log } from "../base/log.ts";
import type { WorkerHandle } from "./worker-handle.ts";
import { type WorkerPlace, type WorkerPlaces, clearBootTimer } from "./worker-places.ts";

export interface TurnoverEvents {
  /** A worker is wanted in this place. */
  onWanted(place: WorkerPlace): void;
  /** The worker in this place, which may not be ready yet, is not wanted any more. */
  onUnwanted(place: WorkerPlace): void;
}

/** By process id, from HELLO to the end. */
export type ConnectedWorkers = ReadonlyMap<number, Pick<WorkerHandle, "isIdle">>;

export class WorkerTurnover {
  readonly #places: WorkerPlaces;
  readonly #workers: ConnectedWorkers;
  readonly #log: Log;
  readonly #events: TurnoverEvents;
  /**
   * Workers, by process id, that are ready before the nursery has said which place they are for: it may be
   * slow. With why they are worn already, or an empty text.
   */
  readonly #early: Map<number, string> = new Map();
  #isShared: boolean;
  #isOver = false;

  /** @param isShared - more than one process runs the application, whatever the number of workers. */
  constructor(
    places: WorkerPlaces,
    workers: ConnectedWorkers,
    isShared: boolean,
    log: Log,
    events: TurnoverEvents,
  ) {
    this.#places = places;
    this.#workers = workers;
    this.#isShared = isShared;
    this.#log = log;
    this.#events = events;
  }

  /** What a worker that is forked now is told: more than one process runs the application. */
  get isShared(): boolean {
    return this.#isShared;
  }

  /** No worker comes by order any more. */
  end(): void {
    this.#isOver = true;
  }

  /** More workers come, or the oldest ones leave. */
  resize(count: number): void {
    if (this.#isOver) return;
    const lasting = this.#places.lasting();
    this.#isShared ||= count > 1;
    for (let more = lasting.length; more < count; more++) {
      this.#events.onWanted(this.#places.add(null));
    }
    for (const place of lasting.slice(0, Math.max(0, lasting.length - count))) this.#leave(place);
    for (const place of this.#places.lasting()) if (place.isServing) this.#correct(place);
  }

  /** A worker that has nothing to do leaves, the youngest first. False: there is none. */
  shrink(): boolean {
    const place = this.#places.lasting().findLast(({ pid }) => this.#workers.get(pid)?.isIdle);
    if (place !== undefined) this.#leave(place);
    return place !== undefined;
  }

  /** Another worker takes the place of this one as soon as it is its turn and the other is ready. */
  replace(pid: number, why: string): void {
    const place = this.#places.of(pid);
    if (this.#early.has(pid)) this.#early.set(pid, why);
    if (this.#isOver || place === undefined || !this.#places.noteWorn(place)) return;
    this.#log.write("info", `worker ${pid} ${why}; another one takes its place.`);
    this.replaceNext();
  }

  /** Has the next successor come, if it is time: to be called when a worker has left. */
  replaceNext(): void {
    const place = this.#places.nextReplacement();
    if (place !== null) this.#events.onWanted(place);
  }

  /** The worker can have requests, so the one that it replaces leaves. */
  noteReady(pid: number): void {
    const place = this.#places.of(pid);
    if (place === undefined) this.#early.set(pid, "");
    else this.#serves(place, "");
  }

  /** Who is in this place is known. True: it is ready already. */
  noteForked(place: WorkerPlace): boolean {
    const worn = this.#early.get(place.pid);
    this.#early.delete(place.pid);
    if (worn !== undefined) this.#serves(place, worn);
    return worn !== undefined;
  }

  /** @param worn - why it is worn already, or an empty text. */
  #serves(place: WorkerPlace, worn: string): void {
    clearBootTimer(place);
    place.isServing = true;
    if (worn !== "") this.replace(place.pid, worn);
    this.#correct(place);
    const { replaces } = place;
    place.replaces = null;
    if (replaces !== null) this.#leave(replaces);
  }

  /** PEP 3333 "environ Variables": who was told that no other process runs the application is replaced when one does. */
  #correct(place: WorkerPlace): void {
    if (place.isAlone && this.#isShared) this.replace(place.pid, "is not the only one any more");
  }

  /** Nobody comes after its worker; a successor that was on its way is not needed. */
  #leave(place: WorkerPlace): void {
    place.isLeaving = true;
    clearBootTimer(place);
    const successor = this.#places.successorOf(place);
    if (successor !== undefined) {
      successor.replaces = null;
      this.#leave(successor);
    }
    if (place.pid === 0) this.#places.remove(place);
    else this.#events.onUnwanted(place);
  }
}
