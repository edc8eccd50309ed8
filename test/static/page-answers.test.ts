import assert from "node:assert/strict";
import { test } from "node:test";

import {
  answerMethod,
  htmlAnswer,
  plainAnswer,
  redirectToFolder,
} from "../../src/static/page-answers.ts";

test("RFC 9110 §15.5.6 and §10.2.1: a method that files don't know gets 405 with Allow", () => {
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "TRACE", "get"]) {
    const answer = answerMethod(method);
    assert.equal(answer?.status, 405, method);
    assert.match(answer?.head ?? "", /\r\nAllow: GET, HEAD, OPTIONS\r\n/);
  }
  for (const method of ["GET", "HEAD"]) assert.equal(answerMethod(method), null);
});

test("RFC 9110 §9.3.7: OPTIONS is answered with Allow and nothing else", () => {
  assert.deepEqual(answerMethod("OPTIONS"), {
    status: 204,
    head: "204 No Content\r\nAllow: GET, HEAD, OPTIONS\r\n",
    text: "",
  });
});

test("RFC 9110 §15.4.2: the redirect to a folder keeps the path as it was sent, and the query", () => {
  assert.match(redirectToFolder("/s/a%20b", "").head, /\r\nLocation: \/s\/a%20b\/\r\n/);
  assert.match(redirectToFolder("/s", "x=1").head, /\r\nLocation: \/s\/\?x=1\r\n/);
});

test("pages say their type, their length, and that they are nothing else", () => {
  for (const { head, text } of [plainAnswer(404), htmlAnswer("<p>é</p>")]) {
    assert.match(head, /\r\nContent-Type: text\/(plain|html); charset=utf-8\r\n/);
    assert.match(head, new RegExp(`\r\nContent-Length: ${text.length}\r\n`));
    assert.match(head, /\r\nX-Content-Type-Options: nosniff\r\n/);
  }
});
