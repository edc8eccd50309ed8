/**
 * The record of results from which docs/frameworks.md is made, and the way a test is declared so that
 * it gets there.
 *
 * WIZGY_FRAMEWORKS_RECORD, set by scripts/frameworks.mjs, names the file that gets one JSON line for
 * each test. Without it nothing is recorded.
 */
import { appendFileSync } from "node:fs";
import { test } from "node:test";

/** What is served: a framework by the contract's application, an application whole, an interpreter. */
export type Kind = "framework" | "application" | "interpreter";

export interface Subject {
  readonly kind: Kind;
  /** As a reader knows it. */
  readonly name: string;
  /** Its package, as requirements-test.txt or a requirements file of examples/ pins it. */
  readonly packageName?: string;
}

export interface Result extends Subject {
  /** The test's title: what was done. */
  readonly what: string;
  readonly outcome: "works" | "fails";
}

const recordFile = process.env["WIZGY_FRAMEWORKS_RECORD"];

/** Declares one test: what is done, and the doing of it. */
export type Exercise = (what: string, run: () => Promise<void>) => void;

/** The declarer of a subject's tests, which records how each one ends. */
export function exercises({ kind, name, packageName }: Subject): Exercise {
  return (what, run) => {
    void test(what, async () => {
      let outcome: Result["outcome"] = "fails";
      try {
        await run();
        outcome = "works";
      } finally {
        if (recordFile !== undefined) {
          const result = { kind, name, packageName, what, outcome };
          appendFileSync(recordFile, `${JSON.stringify(result)}\n`);
        }
      }
    });
  };
}
