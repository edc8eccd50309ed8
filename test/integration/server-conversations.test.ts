/**
 * The golden conversations of test/conformance/server, with a real server: what becomes of fields in
 * environ, the PROXY protocol, what the client gets of faulty answers. Each one is held whole, byte by
 * byte and cut at random places, and is followed by another request, the canary: it is answered when
 * the conversation leaves the connection open, and never after a fault.
 */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";

import type { Answer } from "../support/answer.ts";
import {
  type Conversation,
  type ExpectedEvent,
  parseConversations,
} from "../support/conversation.ts";
import { RawClient } from "../support/raw-client.ts";
import { type RunningServer, projectRoot, startServer } from "../support/server.ts";

const CANARY = "GET /canary HTTP/1.1\r\nHost: canary\r\n\r\n";
const folder = `${projectRoot}test/conformance/server/`;
const RANDOM_CUTS = 3;
const MOST_IN_A_PIECE = 40;

for (const file of readdirSync(folder)) {
  const groups = new Map<string, Conversation[]>();
  for (const conversation of parseConversations(readFileSync(folder + file, "utf8"))) {
    const key = conversation.settings.join(" ");
    groups.set(key, [...(groups.get(key) ?? []), conversation]);
  }
  for (const [key, conversations] of groups) {
    describe(`${file} ${key}`.trim(), () => {
      let server: RunningServer;
      before(async () => {
        const settings = conversations[0]?.settings ?? [];
        server = await startServer([...settings, "--chdir", "test/apps/proxies", "golden"]);
      });
      after(async () => {
        assert.equal((await server.stop()).code, 0);
      });
      for (const conversation of conversations) {
        test(conversation.title, async () => {
          assert.ok(conversation.reason.length > 0, "a conversation gives its reason");
          const bytes = Buffer.concat([conversation.request, Buffer.from(CANARY)]);
          for (const pieces of waysOfCutting(bytes)) await hold(server, conversation, pieces);
        });
      }
    });
  }
}

function* waysOfCutting(bytes: Buffer): Generator<readonly Buffer[]> {
  yield [bytes];
  yield Array.from(bytes, (byte) => Buffer.of(byte));
  // The same cuts in every run: a small linear congruential generator.
  let state = bytes.length;
  for (let round = 0; round < RANDOM_CUTS; round++) {
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const end = at + 1 + ((state >>> 16) % MOST_IN_A_PIECE);
      pieces.push(bytes.subarray(at, end));
      at = end;
    }
    yield pieces;
  }
}

async function hold(
  { port }: RunningServer,
  { expect }: Conversation,
  pieces: readonly Buffer[],
): Promise<void> {
  const client = await RawClient.open(port);
  try {
    for (const piece of pieces) {
      client.send(piece);
      // A turn of the event loop: most pieces go out alone.
      if (pieces.length > 1) await new Promise(setImmediate);
    }
    for (const expected of expect) await meet(client, expected);
    if (/^(?:end|cut)/.test(expect.at(-1)?.event ?? "")) {
      assert.equal(await client.ended(), "", "something comes behind the last answer");
    } else {
      const canary = await client.answer();
      assert.equal(canary.status, 200);
      assert.equal(environOf(canary)["PATH_INFO"], "/canary");
    }
  } finally {
    client.destroy();
  }
}

async function meet(client: RawClient, { event, details }: ExpectedEvent): Promise<void> {
  const [kind, status, method] = event.split(" ");
  if (kind === "end") return;
  assert.ok(kind === "answer" || kind === "cut", `unknown event: ${event}`);
  const answer = await client.answer(method);
  assert.equal(answer.complete, kind === "answer", answer.text);
  if (kind === "answer") assert.equal(answer.status, Number(status), answer.text);
  for (const detail of details) check(answer, detail);
}

function check(answer: Answer, detail: string): void {
  const [, kind = "", name = "", value = ""] = /^(\w+) (\S+)(?: (.*))?$/s.exec(detail) ?? [];
  switch (kind) {
    case "environ":
      assert.equal(environOf(answer)[name], value, `${name} in environ`);
      return;
    case "text":
      assert.equal(answer.text, detail.slice("text ".length));
      return;
    case "without": {
      const text = detail.slice("without ".length);
      if (valueIsJson(answer)) assert.equal(text in environOf(answer), false, `${text} in environ`);
      else assert.equal((answer.head + answer.text).includes(text), false, `${text} in the answer`);
      return;
    }
    default:
      assert.fail(`unknown detail: ${detail}`);
  }
}

function valueIsJson({ text }: Answer): boolean {
  return text.startsWith("{");
}

function environOf({ text }: Answer): Readonly<Record<string, string>> {
  return JSON.parse(text) as Readonly<Record<string, string>>;
}
