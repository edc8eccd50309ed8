/** A server whose application hangs (test/apps/process/hanging.py), with short times. */
import { type LifeServer, lifeRequest, withLifeServer } from "../../support/life-server.ts";
import type { Answer } from "../../support/answer.ts";

const HANGING = ["--chdir", "test/apps/process", "hanging"];

/** Long enough that a busy machine reaches none of them by itself. */
export const TIMEOUT_ARGS: readonly string[] = ["--timeout", "1", "--timeout-grace", "3"];

export function withHangingServer(
  args: readonly string[],
  use: (life: LifeServer) => Promise<void>,
): Promise<void> {
  return withLifeServer([...TIMEOUT_ARGS, ...args], use, { app: HANGING });
}

/** Asks on a connection of its own; `answer` waits. */
export async function ask(
  life: LifeServer,
  target: string,
): Promise<{ readonly answer: () => Promise<Answer>; readonly sentAtMs: number }> {
  const client = await life.client();
  client.send(lifeRequest(target));
  return { answer: () => client.answer(), sentAtMs: performance.now() };
}

/** The id of the worker that answers `/work`. */
export async function workerOf(life: LifeServer): Promise<number> {
  const { status, text } = await (await ask(life, "/work")).answer();
  if (status !== 200) throw new Error(`/work was answered with ${status}: ${text}`);
  return Number(text.split(" ").at(-1));
}
