import assert from "node:assert/strict";
import { test } from "node:test";

import { LARGE_PIECE_BYTES, borrowLarge, giveBackLarge } from "../../src/files/piece-buffers.ts";

test("there are so many large buffers and no more, and one that comes back is lent again", () => {
  const lent: Buffer[] = [];
  for (let buffer = borrowLarge(); buffer !== null; buffer = borrowLarge()) lent.push(buffer);
  assert.equal(lent.length * LARGE_PIECE_BYTES, 32 * 1024 * 1024);
  assert.equal(new Set(lent.map(({ buffer }) => buffer)).size, lent.length);

  const [first, second, ...others] = lent;
  giveBackLarge(first!, true);
  assert.equal(borrowLarge(), first);
  // Somebody may still read from this one: there is room for another, but it is not this memory.
  giveBackLarge(second!, false);
  const another = borrowLarge();
  assert.ok(another !== null && !lent.includes(another));
  assert.equal(borrowLarge(), null);
  for (const buffer of [first!, another, ...others]) giveBackLarge(buffer, true);
});
