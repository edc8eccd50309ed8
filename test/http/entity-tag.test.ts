import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import {
  isEntityTag,
  matchesStrongly,
  matchesWeakly,
  namesTag,
} from "../../src/http/entity-tag.ts";

test("RFC 9110 §8.8.3.2: the two comparisons, by the table of the section", () => {
  const table: readonly [string, string, boolean, boolean][] = [
    ['W/"1"', 'W/"1"', false, true],
    ['W/"1"', 'W/"2"', false, false],
    ['W/"1"', '"1"', false, true],
    ['"1"', '"1"', true, true],
  ];
  for (const [one, other, strongly, weakly] of table) {
    assert.deepEqual([matchesStrongly(one, other), matchesWeakly(one, other)], [strongly, weakly]);
  }
});

test("RFC 9110 §8.8.3: an entity tag has its quotes, and nothing in them but visible characters", () => {
  for (const tag of ['"a"', 'W/"a"', '""', '"\xe9,"']) assert.equal(isEntityTag(tag), true, tag);
  for (const text of ["a", '"a', 'a"', 'w/"a"', '"a b"', '"a"b"', '"a" ', "*"]) {
    assert.equal(isEntityTag(text), false, text);
  }
});

test("RFC 9110 §13.1.2: a list names its tags, with any white space and empty members; * names all", () => {
  const named = [
    '"x"',
    ' "x" ',
    '"a","x"',
    '"a" ,\t"x"',
    ',, "a",,"x",',
    '"a,x","x"',
    "*",
    'W/"x"',
  ];
  for (const value of named) assert.equal(namesTag(value, '"x"', matchesWeakly), true, value);
  const others = ["", '"y"', "x", '"a,"x"', '"a" "x"', 'w/"x"', '"ax"', '"a";"x"', "**"];
  for (const value of others) assert.equal(namesTag(value, '"x"', matchesWeakly), false, value);
});

test("a list of tags without end is given up, and costs no more than its length", () => {
  assert.equal(namesTag(`${'"a",'.repeat(20_000)}"x"`, '"x"', matchesWeakly), false);
  assert.equal(namesTag('"'.repeat(60_000), '"x"', matchesWeakly), false);
  assert.equal(namesTag(" ,".repeat(30_000), '"x"', matchesWeakly), false);
});

test("RFC 9110 §8.8.3: every tag of a list of any tags is found", () => {
  const etagc = fc.stringMatching(/^[!#-~]{0,12}$/);
  fc.assert(
    fc.property(fc.array(etagc, { minLength: 1, maxLength: 20 }), fc.nat(), (tags, at) => {
      const quoted = tags.map((tag) => `"${tag}"`);
      const tag = quoted[at % quoted.length] ?? "";
      assert.equal(namesTag(quoted.join(", "), tag, matchesStrongly), true);
    }),
  );
});
