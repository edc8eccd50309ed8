import assert from "node:assert/strict";
import { test } from "node:test";

import { WorkerPlaces } from "../../src/workers/worker-places.ts";

/** Three places whose workers serve. */
function three(): WorkerPlaces {
  const places = new WorkerPlaces();
  for (const pid of [11, 12, 13]) places.add(null).pid = pid;
  return places;
}

test("worn workers are replaced in the order in which that was seen, one at a time", () => {
  const places = three();
  const [first, second] = [places.of(12)!, places.of(11)!];
  assert.ok(places.noteWorn(first));
  assert.ok(places.noteWorn(second));
  const successor = places.nextReplacement();
  assert.equal(successor?.replaces, first);
  assert.equal(places.nextReplacement(), null);
  successor.replaces = null;
  first.isLeaving = true;
  assert.equal(places.nextReplacement(), null, "the old worker has not left yet");
  places.remove(first);
  assert.equal(places.nextReplacement()?.replaces, second);
});

test("a worker is noted as worn once, and not when it leaves or is being replaced", () => {
  const places = three();
  const place = places.of(11)!;
  assert.ok(places.noteWorn(place));
  assert.ok(!places.noteWorn(place));
  places.nextReplacement();
  assert.ok(!places.noteWorn(place));
  const other = places.of(12)!;
  other.isLeaving = true;
  assert.ok(!places.noteWorn(other));
});

test("a worn worker that has died needs no successor: whoever comes into its place is new", () => {
  const places = three();
  const place = places.of(11)!;
  places.noteWorn(place);
  places.empty(place);
  assert.equal(places.nextReplacement(), null);
});

test("when the old worker's place goes, its successor's is a place like all others", () => {
  const places = three();
  const place = places.of(11)!;
  places.noteWorn(place);
  const successor = places.nextReplacement()!;
  assert.equal(places.lasting().length, 3);
  places.remove(place);
  assert.equal(successor.replaces, null);
  assert.equal(places.lasting().length, 3);
});
