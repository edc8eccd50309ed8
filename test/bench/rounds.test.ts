import assert from "node:assert/strict";
import { test } from "node:test";

import { items } from "../../bench/load/items.ts";
import { emptyRows, entrantsOf, nameOf, rowsFor } from "../../bench/load/rounds.ts";
import { ceiling, servers } from "../../bench/load/servers.ts";

test("a server's figures go into its own rows, also in items that not every server takes part in", () => {
  const results = items.map((item) => ({ item, rows: emptyRows(item, servers) }));
  const seen = new Map(results.map(({ item }) => [item.id, 0]));
  for (const entrant of entrantsOf(results)) {
    const turn = rowsFor(results, entrant);
    assert.ok(turn.length > 0, nameOf(entrant));
    for (const { item, row } of turn) {
      assert.equal(nameOf(row.entrant), nameOf(entrant), item.id);
      seen.set(item.id, seen.get(item.id)! + 1);
    }
  }
  for (const { item, rows } of results) {
    assert.ok(!rows.some((row) => row.entrant.server === ceiling) || item.hasCeiling, item.id);
    assert.equal(seen.get(item.id), rows.length, item.id);
  }
});
