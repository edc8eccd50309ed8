import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { OpenConnections, type Placed } from "../../src/listen/open-connections.ts";

class Connection implements Placed {
  place = -1;
}

test("the list of open connections has who was added and not removed, with the key", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9)), (moves) => {
      const all = Array.from({ length: 10 }, () => new Connection());
      const open = new OpenConnections<Connection>();
      const expected = new Map<Connection, string>();
      for (const [at, number] of moves.entries()) {
        const connection = all[number]!;
        if (expected.has(connection)) {
          assert.equal(open.remove(connection), expected.get(connection));
          expected.delete(connection);
        } else {
          assert.equal(open.remove(connection), undefined);
          open.add(connection, `key${at}`);
          expected.set(connection, `key${at}`);
        }
        assert.equal(open.size, expected.size);
        assert.deepEqual(new Set(open.all()), new Set(expected.keys()));
      }
    }),
  );
});

test("a search looks at so many and the next one at those behind them, round and round", () => {
  const open = new OpenConnections<Connection>();
  const all = Array.from({ length: 5 }, () => new Connection());
  for (const connection of all) open.add(connection, "");
  const seen: number[] = [];
  const look = (connection: Connection): boolean => {
    seen.push(all.indexOf(connection));
    return false;
  };
  assert.equal(open.find(3, look), undefined);
  assert.equal(open.find(3, look), undefined);
  assert.deepEqual(seen, [0, 1, 2, 3, 4, 0]);
  assert.equal(
    open.find(5, (connection) => connection === all[3]),
    all[3],
  );
  assert.equal(new OpenConnections<Connection>().find(3, look), undefined);
});
