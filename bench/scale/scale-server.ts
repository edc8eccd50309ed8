// A Wizgy of this working tree for the measurements of this folder: as a user would start it, with an
// application of bench/apps.

import { join } from "node:path";

import { startServer } from "../load/server-process.ts";
import { Client } from "./client.ts";
import { type Roles, rolesOf } from "./role-times.ts";

export interface ScaleServer {
  readonly port: number;
  /** Its processes at this moment; workers come after the first connection is accepted. */
  readonly roles: () => Roles;
}

export interface Setup {
  /** `module:callable` in bench/apps. */
  readonly app: string;
  readonly args?: readonly string[];
}

/** Starts it, sees that it answers, uses it, and ends it whatever happens. */
export async function withServer<T>(
  root: string,
  { app, args = [] }: Setup,
  use: (server: ScaleServer) => Promise<T>,
): Promise<T> {
  const apps = join(root, "bench", "apps");
  const python = join(root, ".venv-bench", "bin", "python");
  const command = (port: number): string[] => [
    ...[process.execPath, join(root, "bin", "wizgy.js"), "--python", python, "--chdir", apps],
    ...["--bind", `127.0.0.1:${port}`, ...args, app],
  ];
  const server = await startServer(command, apps, "SIGTERM");
  try {
    const { port } = server;
    // Whoever has an answer has a worker.
    const first = await Client.open(port);
    await first.ask();
    first.end();
    return await use({ port, roles: () => rolesOf(server.tree()) });
  } finally {
    await server.stop();
  }
}

/** The one in the middle, or the mean of the two. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}
