/**
 * The golden conversations of test/conformance over real sockets: what the core says about bytes
 * is what a client sees. Each one is followed by another request, the canary: it is answered when
 * the conversation leaves the connection open, and never after a fault.
 */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";

import { DEFAULT_LIMITS, type ParserLimits } from "../../src/http1/limits.ts";
import { type Conversation, parseConversations } from "../support/conversation.ts";
import { RawClient } from "../support/raw-client.ts";
import { type RunningServer, projectRoot, startServer } from "../support/server.ts";

const CANARY = "GET /canary HTTP/1.1\r\nHost: canary\r\n\r\n";
const folder = `${projectRoot}test/conformance/`;

/** Limits that a setting can change, with the smallest value that the setting takes. */
const FLAGS: { readonly [Name in keyof ParserLimits]?: readonly [string, number] } = {
  maxBodyBytes: ["--limit-request-body", 1],
  maxFields: ["--limit-request-fields", 1],
  maxFieldLineBytes: ["--limit-request-field-size", 64],
  maxRequestLineBytes: ["--limit-request-line", 64],
};

/** The settings for a conversation's limits, or the name of one that no setting changes. */
function settingsFor(conversation: Conversation): string[] | string {
  const settings: string[] = [];
  for (const [name, value] of Object.entries(conversation.limits)) {
    const [flag, min] = FLAGS[name as keyof ParserLimits] ?? ["", Infinity];
    if (value === DEFAULT_LIMITS[name as keyof ParserLimits]) continue;
    if (value < min) return name;
    settings.push(flag, String(value));
  }
  return settings;
}

/** Conversations by the settings that they need. */
const groups = new Map<string, { settings: string[]; conversations: Conversation[] }>();
let unreachable = 0;
for (const file of readdirSync(folder).filter((name) => name.endsWith(".md"))) {
  for (const conversation of parseConversations(readFileSync(folder + file, "utf8"))) {
    const settings = settingsFor(conversation);
    if (typeof settings === "string") {
      unreachable++;
      continue;
    }
    const key = settings.join(" ");
    const group = groups.get(key) ?? { settings, conversations: [] };
    group.conversations.push(conversation);
    groups.set(key, group);
  }
}

test("nearly all conversations can be held with a server: the rest needs limits that no setting changes", () => {
  assert.ok(unreachable <= 12, `${unreachable} are left out`);
});

for (const [key, { settings, conversations }] of groups) {
  describe(`over a socket ${key}`.trim(), () => {
    let server: RunningServer;
    before(async () => {
      server = await startServer([...settings, "--chdir", "test/apps/process", "any_path"]);
    });
    after(async () => {
      assert.equal((await server.stop()).code, 0);
    });
    for (const conversation of conversations) {
      test(conversation.title, async () => {
        const { request } = conversation;
        await hold(server, conversation, [request]);
        await hold(server, conversation, [request.subarray(0, request.length / 2), request]);
      });
    }
  });
}

/** @param pieces - what has been sent after each step: the last one is the whole request. */
async function hold(
  server: RunningServer,
  { expect }: Conversation,
  pieces: readonly Buffer[],
): Promise<void> {
  const client = await RawClient.open(server.port);
  try {
    const fault = expect.find(({ event }) => event.startsWith("fault "))?.event.split(" ")[1];
    const incomplete = expect.at(-1)?.event === "need-data";
    let sent = 0;
    for (const piece of pieces) {
      client.send(piece.subarray(sent));
      sent = piece.length;
      if (pieces.length > 1) await new Promise(setImmediate);
    }
    if (!incomplete) client.send(CANARY);
    else client.socket.end();
    await expectAnswers(client, expect);
    if (fault !== undefined) {
      const answer = await client.answer();
      assert.equal(answer.status, Number(fault));
      assert.match(answer.head, /\r\nConnection: close\r\n/);
    }
    const closes = expect.findLast(({ event }) => event.startsWith("head "))?.details;
    if (incomplete) {
      assert.doesNotMatch(
        await client.ended(),
        /^HTTP\/1\.1 2/m,
        "an incomplete request is served",
      );
    } else if (fault !== undefined || closes?.includes("close") === true) {
      assert.equal(await client.ended(), "", "something comes behind the last answer");
    } else {
      assert.equal((await client.answer()).text, "GET /canary 0");
    }
  } finally {
    client.destroy();
  }
}

/** One answer for each request that is complete, in order. */
async function expectAnswers(client: RawClient, expect: Conversation["expect"]): Promise<void> {
  let method = "";
  let bytes = 0;
  for (const { event } of expect) {
    const [kind, value = ""] = event.split(" ");
    if (kind === "head") {
      method = value;
      bytes = 0;
    } else if (kind === "data") {
      bytes = Number(value);
    } else if (kind === "end") {
      const { status, text } = await client.answer(method);
      assert.equal(status, 200, text);
      if (method !== "HEAD")
        assert.ok(text.startsWith(`${method} `) && text.endsWith(` ${bytes}`), text);
    }
  }
}
