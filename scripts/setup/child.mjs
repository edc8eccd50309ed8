// Runs other programs for the commands. One rule: when this process is told to end, what it started ends too.
// Each child has a process group of its own (not on Windows), so that its own children can be ended with it.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

import { root } from "./project.mjs";

const ownGroup = process.platform !== "win32";
const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"];
const graceMs = 2_000; // For what a child has told to end.
const running = new Set();

/**
 * Runs a program to its end. Never rejects: a program that can't be started has code 127.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, timeoutMs?: number,
 *   onLine?: (line: string) => void }} [options]
 *   onLine: opens file descriptor 3 for the child and hands over each line it writes there.
 * @returns {Promise<{ code: number | null, signal: string | null, timedOut: boolean, stdout: string,
 *   output: string, pid: number | undefined }>} output: stdout and stderr as they came
 */
export function runChild(command, args, options = {}) {
  const { cwd = root, env = process.env, timeoutMs = 0, onLine } = options;
  return new Promise((resolve) => {
    const stdio = ["ignore", "pipe", "pipe"];
    if (onLine !== undefined) stdio.push("pipe");
    const child = spawn(command, args, { cwd, env, stdio, detached: ownGroup });
    const result = { code: null, signal: null, timedOut: false, stdout: "", output: "" };
    let timer;
    const settle = (ending) => {
      clearTimeout(timer);
      forget(child);
      resolve({ ...result, ...ending, pid: child.pid });
    };

    remember(child);
    if (timeoutMs > 0) {
      timer = setTimeout(() => {
        result.timedOut = true;
        killGroup(child.pid, "SIGKILL");
      }, timeoutMs);
    }
    child.stdout.setEncoding("utf8").on("data", (text) => {
      result.stdout += text;
      result.output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      result.output += text;
    });
    if (onLine !== undefined) readLines(child.stdio[3], onLine);
    child.on("error", (error) => {
      result.output += `${error.message}\n`;
      settle({ code: 127 });
    });
    // Not "close": a process left behind by the child may hold the pipes open for ever.
    child.on("exit", (code, signal) => {
      const streams = [child.stdout, child.stderr, child.stdio[3]].filter(Boolean);
      afterEnd(streams, () => settle({ code, signal }));
    });
  });
}

/** Waits for the rest of a child's process group to end, then ends it. Resolves to whether it had to. */
export async function endLeftovers(pid) {
  if (!ownGroup) return false;
  for (let waitedMs = 0; waitedMs < graceMs; waitedMs += 50) {
    if (!killGroup(pid, 0)) return false;
    await sleep(50);
  }
  return killGroup(pid, "SIGKILL");
}

/** Signals a child and, where it has one, its process group. Returns whether there was anything. */
function killGroup(pid, signal) {
  if (pid === undefined) return false;
  try {
    process.kill(ownGroup ? -pid : pid, signal);
    return true;
  } catch {
    return false; // Nothing of that number any more.
  }
}

function readLines(stream, onLine) {
  let rest = "";
  stream.setEncoding("utf8").on("data", (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const line of lines) onLine(line);
  });
}

/** Calls back when all streams have ended, or half a second after the child did. */
function afterEnd(streams, done) {
  let open = streams.filter((stream) => !stream.readableEnded && !stream.destroyed).length;
  const timer = setTimeout(finish, open === 0 ? 0 : 500);
  function finish() {
    clearTimeout(timer);
    for (const stream of streams) stream.removeListener("end", ended).destroy();
    done();
  }
  function ended() {
    open -= 1;
    if (open === 0) finish();
  }
  for (const stream of streams) stream.once("end", ended);
}

function remember(child) {
  if (running.size === 0) for (const signal of endingSignals) process.on(signal, endAll);
  running.add(child);
}

/** With no child left the handlers go, so that a server in this process gets the signals alone. */
function forget(child) {
  running.delete(child);
  if (running.size === 0) for (const signal of endingSignals) process.off(signal, endAll);
}

function endAll(signal) {
  for (const child of running) killGroup(child.pid, "SIGTERM");
  setTimeout(() => {
    for (const child of running) killGroup(child.pid, "SIGKILL");
    process.exit(128 + constants.signals[signal]);
  }, 300);
}
