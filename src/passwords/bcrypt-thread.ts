/** The thread that looks at passwords: one costs tens of milliseconds, by intention. */
import { parentPort } from "node:worker_threads";

import { compareSync } from "bcryptjs";

export interface PasswordQuestion {
  readonly number: number;
  readonly password: string;
  readonly hash: string;
}

export interface PasswordReply {
  readonly number: number;
  readonly isRight: boolean;
}

parentPort?.on("message", ({ number, password, hash }: PasswordQuestion) => {
  let isRight = false;
  try {
    isRight = compareSync(password, hash);
  } catch {
    // What can't be compared is wrong.
  }
  // eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage({ number, isRight } satisfies PasswordReply);
});
