/**
 * What a rule is, and the record of results from which docs/conformance.md is made.
 *
 * Four variables drive it: WIZGY_CONFORMANCE_RECORD names the file that gets one JSON line for
 * each rule; WIZGY_CONFORMANCE_TARGET names the server, when it isn't ours, and
 * WIZGY_CONFORMANCE_CLASS the class of our workers, when it isn't the usual one; with
 * WIZGY_CONFORMANCE_LIST set the rules are written down without being tried.
 */
import { appendFileSync } from "node:fs";

/** How strongly it is asked for: by the PEP itself, by what follows from it, or by practice. */
export type Level = "MUST" | "SHOULD" | "MAY" | "derived" | "practice";

export interface Rule {
  /** Its number in the checklist of the PEP's rules for servers. */
  readonly item: number;
  readonly level: Level;
  /** The PEP's heading. */
  readonly heading: string;
  readonly sentence: string;
}

export type Outcome = "holds" | "fails" | "not offered" | "not tried";

/** One line of the record. */
export interface RuleResult extends Rule {
  readonly outcome: Outcome;
  /** Why it failed, or was not tried; empty when it holds. */
  readonly reason: string;
  /** False when the server didn't come up for it. */
  readonly started: boolean;
}

/** A configuration that the server under test can't be given. */
export class NotOffered extends Error {}

/** The server under test didn't come up. */
export class NotStarted extends Error {}

/** Something that can only be tried on our own server, such as what its manual says. */
export class NotTried extends Error {}

const recordFile = process.env["WIZGY_CONFORMANCE_RECORD"];

/** Whether the rules are to be listed only. */
export const listing: boolean = process.env["WIZGY_CONFORMANCE_LIST"] !== undefined;

/** The name of the server under test. */
export const targetName: string = process.env["WIZGY_CONFORMANCE_TARGET"] ?? "wizgy";

/** `--worker-class` of our own server: another one than the plan's with WIZGY_CONFORMANCE_CLASS. */
export const workerClass: string = process.env["WIZGY_CONFORMANCE_CLASS"] ?? "sync";

/** Appends one result to the record, where one is kept. */
export function record(rule: Rule, outcome: Outcome, reason: string, started = true): void {
  if (recordFile === undefined) return;
  const result: RuleResult = { ...rule, outcome, reason, started };
  appendFileSync(recordFile, `${JSON.stringify(result)}\n`);
}
