import assert from "node:assert/strict";
import { test } from "node:test";

import { EntryCache } from "../../src/files/entry-cache.ts";
import type { SharedDescriptor } from "../../src/files/shared-descriptor.ts";
import type { FileEntry, FileForm } from "../../src/files/static-entry.ts";

/** What was let go of, in order. */
class Bench {
  readonly released: string[] = [];

  /** In memory. */
  small(bytes: number): FileEntry {
    return entry({ body: Buffer.alloc(bytes), text: null, descriptor: null });
  }

  /** By its descriptor. */
  large(name: string): FileEntry {
    const descriptor = { release: () => this.released.push(name) } as unknown as SharedDescriptor;
    return entry({ body: null, text: null, descriptor });
  }
}

function entry(form: Partial<FileForm>): FileEntry {
  return { forms: [form as FileForm], seenAtMs: 0 };
}

test("what was renewed last stays within the bound on memory", () => {
  const bench = new Bench();
  const cache = new EntryCache(30_000, 10);
  for (const key of ["a", "b", "c"]) cache.put(key, bench.small(6_000), 0);
  cache.put("a", bench.small(6_000), 1);
  cache.put("d", bench.small(6_000), 2);
  assert.deepEqual(
    ["a", "b", "c", "d"].map((key) => cache.get(key, 3) !== null),
    [true, false, true, true],
  );
});

test("an entry that is larger than the bound is kept alone, for who is about to use it", () => {
  const cache = new EntryCache(1_000, 10);
  cache.put("a", new Bench().small(10), 0);
  cache.put("b", new Bench().small(60_000), 0);
  assert.deepEqual([cache.size, cache.get("b", 0) !== null], [1, true]);
});

test("no more descriptors are held than allowed, and each is released once", () => {
  const bench = new Bench();
  const cache = new EntryCache(1_000_000, 2);
  for (const key of ["a", "b", "c"]) cache.put(key, bench.large(key), 0);
  assert.deepEqual(bench.released, ["a"]);
  cache.put("b", bench.large("b again"), 0);
  assert.deepEqual(bench.released, ["a", "b"]);
  cache.drop("b");
  cache.drop("b");
  cache.clear();
  assert.deepEqual(bench.released, ["a", "b", "b again", "c"]);
  assert.equal(cache.size, 0);
});

test("what nobody used for ten seconds is let go of", () => {
  const bench = new Bench();
  const cache = new EntryCache();
  cache.put("a", bench.large("a"), 0);
  cache.put("b", bench.large("b"), 0);
  cache.get("b", 9_000);
  cache.sweep(10_001);
  assert.deepEqual(bench.released, ["a"]);
  // A clock that was set back does not keep anything for ever.
  cache.sweep(-100_000);
  assert.deepEqual(bench.released, ["a", "b"]);
});
