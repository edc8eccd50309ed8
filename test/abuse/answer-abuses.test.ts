import { test } from "node:test";

import { needsProc } from "../support/large-bodies.ts";
import { abuse } from "./abuse.ts";
import { answerAbuses } from "./answer-abuses.ts";

for (const each of answerAbuses) {
  test(`${each.title}: nothing is left of it`, { skip: needsProc }, async () => {
    await abuse(each, each.shortSize);
  });
}
