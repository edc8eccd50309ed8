/**
 * How many connections the settings and the machine allow. Each one is an open file to the system, and
 * so are temporary files, files that are sent, and the links to workers. When open files run out the
 * system can't give a connection to the front any more, and libuv then closes all that wait,
 * without a word to anyone. So the front stops before that.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

import type { ConnectionLimits } from "../listen/connection-counts.ts";
import { MAX_ANSWERED } from "../listen/turned-away.ts";
import type { Settings } from "../options/settings.ts";

/** Idle ones take about 8 KiB each. */
const MOST_BY_DEFAULT = 32_768;
/** Files that are open whatever happens: listeners, logs, what Node needs. */
const ALWAYS_OPEN = 64;
/** For each worker: its link, that of its successor, and files on their way to it. */
const PER_WORKER = 4;
/** An address may take so much of the total. */
const SHARE_OF_AN_ADDRESS = 4;
/** Fewer are told at the start. */
const FEW = 1_000;

export interface ChosenLimits extends ConnectionLimits {
  /** What the operator should know, or "". */
  readonly warning: string;
}

/** @param openFiles - how many files the system lets this process open; Infinity where nobody knows. */
export function chooseConnectionLimits(
  settings: Pick<Settings, "maxConnections" | "maxConnectionsPerAddress" | "fronts">,
  workers: number,
  openFiles: number,
): ChosenLimits {
  const wanted = settings.maxConnections;
  const room = Math.max(1, openFiles - ALWAYS_OPEN - MAX_ANSWERED - workers * PER_WORKER);
  // Half of them, because a connection may need a file for its body or its answer as well.
  const total =
    wanted === "auto"
      ? Math.min(Math.ceil(MOST_BY_DEFAULT / settings.fronts), Math.ceil(room / 2))
      : Math.min(wanted, room);
  const perAddress =
    settings.maxConnectionsPerAddress === "auto"
      ? Math.ceil(total / SHARE_OF_AN_ADDRESS)
      : settings.maxConnectionsPerAddress;
  const isShort = wanted === "auto" ? total < FEW : total < wanted;
  const warning = isShort
    ? `The system allows this process ${openFiles} open files, so it takes ${total} connections at a time. ` +
      "Allow more with ulimit -n, or LimitNOFILE= in a systemd unit."
    : "";
  return { total, perAddress, room, warning };
}

/** How many files this process may have open. Node has raised it as far as it may. */
export function openFilesLimit(): number {
  try {
    const limits =
      process.platform === "linux"
        ? (/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1] ?? "")
        : execFileSync("/bin/sh", ["-c", "ulimit -n"], { encoding: "latin1" }).trim();
    // "unlimited" is not a number either.
    return /^\d+$/.test(limits) ? Number(limits) : Infinity;
  } catch {
    return Infinity; // Neither /proc nor a shell.
  }
}
