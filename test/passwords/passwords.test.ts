import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";

import { hashSync } from "bcryptjs";

import { readPasswordFile } from "../../src/passwords/htpasswd.ts";
import { PasswordVerifier } from "../../src/passwords/password-verifier.ts";

const HASH = hashSync("right", 4);

test("a password file: users with hashes of bcrypt, comments and empty lines between", () => {
  const file = readPasswordFile(`# staff\n\nanna:${HASH}\r\n\u00e9mile:${HASH}\n`);
  if ("fault" in file) assert.fail(file.fault);
  assert.deepEqual([...file.hashes.keys()], ["anna", "\u00c3\u00a9mile"]);
  const written = readPasswordFile(`anna:${HASH.replace("$2b$", "$2y$")}`);
  assert.ok("hashes" in written);
});

test("a password file: what is guessed quickly, takes too long or is no user is refused, with its line", () => {
  const table: readonly (readonly [string, RegExp])[] = [
    ["", /no user/],
    ["anna", /line 1 is not user:hash/],
    [`a:${HASH}\nanna:{SHA}x`, /line 2: .*anna.*bcrypt/],
    ["anna:$apr1$x$y", /bcrypt/],
    ["anna:plain", /bcrypt/],
    [`anna:${HASH.replace("$04$", "$31$")}`, /cost/],
  ];
  for (const [text, expected] of table) {
    const file = readPasswordFile(text);
    assert.match("fault" in file ? file.fault : "", expected, text);
  }
});

test("a right password is right, at once the next time, until it has to be looked at again", async () => {
  let nowMs = 0;
  const verifier = new PasswordVerifier(() => nowMs);
  assert.equal(await verifier.verify("anna", "right", HASH, true), "right");
  assert.equal(verifier.verify("anna", "right", HASH, true), "right", "without waiting");
  assert.ok(verifier.verify("otto", "right", HASH, true) instanceof Promise, "another user");
  assert.ok(verifier.verify("anna", "right", hashSync("x", 4), true) instanceof Promise, "changed");
  nowMs = 5 * 60_000;
  assert.ok(verifier.verify("anna", "right", HASH, true) instanceof Promise, "too long ago");
});

test("a wrong password is looked at each time, and so is one of nobody", async () => {
  const verifier = new PasswordVerifier();
  for (let count = 0; count < 2; count++) {
    const wrong = verifier.verify("anna", "wrong", HASH, true);
    assert.ok(wrong instanceof Promise);
    assert.equal(await wrong, "wrong");
    const nobody = verifier.verify("nobody", "right", HASH, false);
    assert.ok(nobody instanceof Promise);
    assert.equal(await nobody, "wrong", "right for the hash that stands in");
  }
});

test("so many wait and no more; what was asked is answered", async () => {
  const verifier = new PasswordVerifier();
  const asked = Array.from({ length: 80 }, (_, number) =>
    verifier.verify("anna", `wrong ${number}`, HASH, true),
  );
  assert.equal(asked.filter((verdict) => verdict === "busy").length, 16);
  const verdicts = await Promise.all(asked.map(async (verdict) => verdict));
  assert.equal(verdicts.filter((verdict) => verdict === "wrong").length, 64);
  assert.equal(await verifier.verify("anna", "right", HASH, true), "right");
});

test("a thread that dies, or can't be made, is busy for those who wait, and the next one is asked", async () => {
  let made = 0;
  const verifier = new PasswordVerifier(undefined, () => {
    made++;
    if (made === 1) return new Worker("throw new Error('dies')", { eval: true });
    if (made === 2) throw new Error("no memory");
    return new Worker(new URL("../../src/passwords/bcrypt-thread.js", import.meta.url));
  });
  const asked = [1, 2].map((number) => verifier.verify("anna", `x${number}`, HASH, true));
  assert.deepEqual(await Promise.all(asked.map(async (verdict) => verdict)), ["busy", "busy"]);
  assert.equal(await verifier.verify("anna", "right", HASH, true), "busy");
  assert.equal(await verifier.verify("anna", "right", HASH, true), "right");
});
