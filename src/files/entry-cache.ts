/**
 * The files that were asked for last, with a bound on the memory and on the descriptors they take.
 * The one that was not used for the longest time goes first.
 */
import { type FileEntry, memoryOf, releaseEntry } from "./static-entry.ts";

export const MAX_CACHE_BYTES: number = 32 * 1024 * 1024;
/** Descriptors that are kept open for files beyond what is kept in memory. */
export const MAX_DESCRIPTORS = 128;
/** An entry that nobody used for so long goes: a file that was removed is not held for ever. */
const MAX_IDLE_MS = 10_000;

interface Kept {
  entry: FileEntry;
  usedAtMs: number;
}

export class EntryCache {
  readonly #maxBytes: number;
  readonly #maxDescriptors: number;
  /** In the order of their last renewal: a hot entry is renewed about once a second. */
  readonly #kept: Map<string, Kept> = new Map();
  #bytes = 0;
  #descriptors = 0;

  constructor(maxBytes: number = MAX_CACHE_BYTES, maxDescriptors: number = MAX_DESCRIPTORS) {
    this.#maxBytes = maxBytes;
    this.#maxDescriptors = maxDescriptors;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** However old it is. */
  get(key: string, nowMs: number): FileEntry | null {
    const kept = this.#kept.get(key);
    if (kept === undefined) return null;
    kept.usedAtMs = nowMs;
    return kept.entry;
  }

  /** Takes the entry over, in the place of the one that was there. */
  put(key: string, entry: FileEntry, nowMs: number): void {
    this.drop(key);
    this.#kept.set(key, { entry, usedAtMs: nowMs });
    this.#bytes += memoryOf(entry);
    this.#descriptors += descriptorsOf(entry);
    for (const [oldest] of this.#kept) {
      if (this.#bytes <= this.#maxBytes && this.#descriptors <= this.#maxDescriptors) return;
      // The new one stays in any case: whoever asked for it is about to use it.
      if (oldest !== key) this.drop(oldest);
    }
  }

  drop(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    this.#bytes -= memoryOf(kept.entry);
    this.#descriptors -= descriptorsOf(kept.entry);
    releaseEntry(kept.entry);
  }

  /** Lets go of what nobody uses. */
  sweep(nowMs: number): void {
    for (const [key, { usedAtMs }] of this.#kept) {
      if (Math.abs(nowMs - usedAtMs) > MAX_IDLE_MS) this.drop(key);
    }
  }

  clear(): void {
    for (const key of [...this.#kept.keys()]) this.drop(key);
  }
}

function descriptorsOf(entry: FileEntry): number {
  return entry.forms.filter(({ descriptor }) => descriptor !== null).length;
}
