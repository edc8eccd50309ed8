/**
 * The record of results from which docs/frameworks.md is made, and the way a doing is declared.
 *
 * WIZGY_FRAMEWORKS_RECORD, set by scripts/frameworks.mjs, names the file that gets one JSON line for
 * each doing. Without it nothing is recorded.
 */
import { appendFileSync } from "node:fs";
import { test } from "node:test";

export interface Application {
  /** As a reader knows it. */
  readonly name: string;
  /** Its package, as requirements-test.txt or a requirements file of examples/ pins it. */
  readonly packageName: string;
}

const recordFile = process.env["WIZGY_FRAMEWORKS_RECORD"];

/** Declares one test: what is done with the application, and the doing of it. */
export type Exercise = (what: string, run: () => Promise<void>) => void;

/** The declarer of an application's tests, which records how each one ends. */
export function exercises(application: Application): Exercise {
  return (what, run) => {
    void test(what, async () => {
      let outcome = "fails";
      try {
        await run();
        outcome = "works";
      } finally {
        if (recordFile !== undefined) {
          appendFileSync(recordFile, `${JSON.stringify({ ...application, what, outcome })}\n`);
        }
      }
    });
  };
}
