import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { PieceCopier } from "../../src/base/piece-copier.ts";

test("small pieces are put together: as many of one byte as a client likes cost few objects", () => {
  const copier = new PieceCopier();
  const pieces: Buffer[] = [];
  const shared = Buffer.alloc(1);
  for (let i = 0; i < 65_536; i++) {
    shared[0] = i & 255;
    copier.addTo(pieces, shared);
  }
  assert.equal(pieces.length, 17);
  assert.ok(Buffer.concat(pieces).every((byte, index) => byte === (index & 255)));
});

test("a piece that was taken, whole or in part, is not written to and not added to", () => {
  const copier = new PieceCopier();
  const pieces: Buffer[] = [];
  for (const text of ["abc", "def", "ghi"]) copier.addTo(pieces, Buffer.from(text));
  assert.deepEqual(pieces.map(String), ["abc", "defghi"]);
  const taken = pieces.pop();
  copier.addTo(pieces, Buffer.from("jkl"));
  pieces[1] = pieces[1]!.subarray(1);
  copier.addTo(pieces, Buffer.from("mno"));
  assert.deepEqual([...pieces, taken].map(String), ["abc", "kl", "mno", "defghi"]);
});

test("property: what comes out is what went in, in its order, however it is cut and taken", () => {
  const step = fc.oneof(
    fc.record({ add: fc.uint8Array({ minLength: 1, maxLength: 3_000 }) }),
    fc.record({ take: fc.integer({ min: 1, max: 2_000 }) }),
    fc.constant("forget" as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const copier = new PieceCopier();
      const pieces: Buffer[] = [];
      const added: Uint8Array[] = [];
      const taken: Buffer[] = [];
      for (const each of steps) {
        if (each === "forget") copier.forget();
        else if ("add" in each) {
          const shared = Buffer.from(each.add);
          added.push(each.add);
          copier.addTo(pieces, shared);
          shared.fill(0xff); // The memory that it came in is used again.
        } else {
          const [first] = pieces;
          if (first === undefined) continue;
          taken.push(first.subarray(0, each.take));
          if (each.take >= first.length) pieces.shift();
          else pieces[0] = first.subarray(each.take);
        }
      }
      assert.deepEqual(Buffer.concat([...taken, ...pieces]), Buffer.concat(added));
    }),
  );
});
