import { test } from "node:test";

import { needsProc } from "../support/large-bodies.ts";
import { abuse } from "./abuse.ts";
import { bootAbuses } from "./boot-abuses.ts";

for (const each of bootAbuses) {
  test(`${each.title}: nothing is left of it`, { skip: needsProc }, async () => {
    await abuse(each, each.shortSize);
  });
}
