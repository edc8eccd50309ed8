/**
 * Every fault that Wizgy reports by a code of its own: whose fault it is, what a client sees, how
 * the process ends, how loudly it is logged. One table, kept in one file for each party at fault.
 *
 * A client sees the status and nothing else; the log gets the code and the cause. The sentence here
 * says what the code means; the line in the log is written where the fault is found, since only
 * that place knows the values. A code that was released is never used again for something else.
 */
import { applicationFaults } from "./application-faults.ts";
import { configurationFaults } from "./configuration-faults.ts";
import { peerFaults } from "./peer-faults.ts";
import {
  runningApplicationFaults,
  serverFaults,
  slowPeerFaults,
  workerFaults,
} from "./run-faults.ts";

/** Who has to change something. */
export type FaultOwner = "peer" | "application" | "worker" | "configuration" | "server";

export type ErrorCode =
  | keyof typeof peerFaults
  | keyof typeof slowPeerFaults
  | keyof typeof runningApplicationFaults
  | keyof typeof workerFaults
  | keyof typeof serverFaults
  | keyof typeof applicationFaults
  | keyof typeof configurationFaults;

export interface ErrorEntry {
  readonly fault: FaultOwner;
  /** The HTTP status that the client gets, or null where no client is involved. */
  readonly status: number | null;
  /** The exit code of the process, or null where it goes on. */
  readonly exitCode: number | null;
  readonly level: "debug" | "info" | "warning" | "error" | "critical";
  readonly sentence: string;
}

/** All codes and what they mean. */
export const errorCatalogue: Readonly<Record<ErrorCode, ErrorEntry>> = {
  // What peers do wrong is everyday business on the internet; who looks for it asks for it.
  ...complete(peerFaults, { fault: "peer", exitCode: null, level: "debug" }),
  ...complete(slowPeerFaults, { fault: "peer", exitCode: null, level: "debug" }),
  ...complete(runningApplicationFaults, { fault: "application", exitCode: null, level: "error" }),
  ...complete(workerFaults, { fault: "worker", level: "error" }),
  ...complete(serverFaults, { fault: "server", exitCode: null, level: "warning" }),
  ...complete(applicationFaults, { fault: "application", level: "critical" }),
  ...complete(configurationFaults, { fault: "configuration", status: null, level: "critical" }),
};

/** Adds to each row what all rows of a party have in common. */
function complete<Code extends string, Row extends object, Common extends object>(
  rows: Readonly<Record<Code, Row>>,
  common: Common & Omit<ErrorEntry, keyof Row>,
): Record<Code, Row & Common> {
  const entries = Object.entries<Row>(rows).map(([code, row]) => [code, { ...common, ...row }]);
  // The keys are those of the rows, which Object.entries widens to string.
  return Object.fromEntries(entries) as Record<Code, Row & Common>;
}
