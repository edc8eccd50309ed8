/** What the tests of large bodies share: the blocks of `test/apps/process/bodies.py`, and what a server holds. */
import { readFileSync, readdirSync, readlinkSync } from "node:fs";

import type { Answer } from "./answer.ts";
import type { RawClient } from "./raw-client.ts";
import { until } from "./server-processes.ts";

export const BODIES_APP: readonly string[] = ["--chdir", "test/apps/process", "bodies"];

/** Why what is asked of /proc can't be tested here; false: it can. */
export const needsProc: string | false = process.platform === "linux" ? false : "needs /proc";

const BLOCK_BYTES = 64 * 1024;
/** Far more than any answer takes. */
const BOUND_MS = 20_000;

/** The bytes that `/stream` and `/whole` answer with. */
export function blocks(count: number): Buffer {
  const all = Buffer.alloc(count * BLOCK_BYTES);
  for (let number = 0; number < count; number++) {
    const line = `${String(number).padStart(7, "0")}\n`;
    all.fill(line, number * BLOCK_BYTES, (number + 1) * BLOCK_BYTES, "latin1");
  }
  return all;
}

/** Temporary files that the process has open. */
export function openTemporaryFiles(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/${pid}/fd/${fd}`);
      return /\/wizgy-\d+-[0-9a-f]+\.tmp/.test(path) ? [path] : [];
    } catch {
      return []; // Closed in the meantime.
    }
  });
}

/** Resolves when the process has so many temporary files open. */
export async function hasTemporaryFiles(pid: number, count: number): Promise<void> {
  await until(8_000, () => {
    const open = openTemporaryFiles(pid);
    return open.length === count ? null : `temporary files: ${open.length}, not ${count}`;
  });
}

/** Memory in use by the process, in MiB. */
export function memoryMib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
}

/**
 * Takes an answer with so many blocks, from a client whose socket is paused. It is looked at when
 * enough has come: a look at each piece of it would take longer than the answer.
 */
export async function readBlocks(client: RawClient, count: number): Promise<Answer> {
  const { socket } = client;
  socket.resume();
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`only ${client.receivedBytes} bytes have come`)),
      BOUND_MS,
    );
    const look = (): void => {
      if (client.receivedBytes < count * BLOCK_BYTES && !client.hasEnded) return;
      clearTimeout(timer);
      resolve();
    };
    for (const event of ["data", "end", "close"]) socket.on(event, look);
    look();
  });
  return client.answer();
}
