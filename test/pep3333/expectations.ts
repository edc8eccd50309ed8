/** What the rules expect of an answer, in the words of the checklist. */
import assert from "node:assert/strict";

import type { Answer } from "../support/answer.ts";
import { valuesOf } from "../support/answer.ts";
import type { RawClient } from "../support/raw-client.ts";
import { isOurs } from "./target.ts";

/** 200, properly ended, with this content. */
export function assertOk(answer: Answer, body: string): void {
  assert.equal(answer.status, 200);
  assert.equal(answer.text, body);
  assert.ok(answer.complete, "the answer is properly ended");
}

/** The server's own complete 500, with nothing of the application's head. */
export function assertServerError(answer: Answer): void {
  assert.equal(answer.status, 500);
  assert.ok(answer.complete, "the error answer is complete");
  assert.deepEqual(valuesOf(answer, "X-App"), [], "no header of the application");
  assert.ok(!answer.text.includes("secret"), "nothing of the application in the error answer");
}

/**
 * The head and this beginning of the content came, then the connection ended without a proper end.
 * Where another server ends its answers by ending the connection, nothing more can be asked of it.
 */
export function assertCut(answer: Answer, body: string): void {
  assert.equal(answer.status, 200);
  assert.equal(answer.text, body);
  if (!isOurs && answer.framing === "close") return;
  assert.ok(!answer.complete, "the answer must not look complete");
}

/** The answer as JSON; its shape is what the application of the rule makes. */
// eslint-disable-next-line typescript/no-unnecessary-type-parameters -- a named cast at this one place
export function json<T>(answer: Answer): T {
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.body.toString("utf8")) as T;
}

/** A request that leaves the connection open. */
export function keepAlive(method: string, target: string, body = ""): string {
  const length = body === "" ? "" : `Content-Length: ${body.length}\r\n`;
  return `${method} ${target} HTTP/1.1\r\nHost: t\r\n${length}\r\n${body}`;
}

/** Whether the answer says that its connection ends with it. */
export function saysClose(answer: Answer): boolean {
  return valuesOf(answer, "Connection").some((value) => /\bclose\b/i.test(value));
}

/**
 * The framing was right: another request on the connection is answered, or the answer said that the
 * connection ends and nothing came behind it. Ours has no reason to end it in any of the rules.
 */
export async function assertInOrder(client: RawClient, answer: Answer): Promise<void> {
  if (saysClose(answer) || answer.framing === "close") {
    assert.ok(!isOurs, "the connection stays");
    assert.equal(await client.ended(), "");
    return;
  }
  client.send(keepAlive("GET", "/alive"));
  const next = await client.answerOrEnd();
  // A server may end a connection without having said so; another answer would be wrong.
  if (next === null) assert.ok(!isOurs, "the connection stays");
  else assertOk(next, "alive");
}
