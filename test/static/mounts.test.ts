import assert from "node:assert/strict";
import { test } from "node:test";

import {
  type StaticMount,
  joinMounts,
  parseStaticMount,
  placeOf,
} from "../../src/static/mounts.ts";

function mount(prefix: string, folder: string): StaticMount {
  return { prefix, folders: [{ below: "", folder: Buffer.from(folder) }] };
}

test("--static: a prefix and a folder; the prefix may end in a slash", () => {
  const expected = { kind: "mount", prefix: "/static/", folder: "dir" };
  assert.deepEqual(parseStaticMount("/static=dir"), expected);
  assert.deepEqual(parseStaticMount("/static/=dir"), expected);
  assert.deepEqual(parseStaticMount("/a/b=/x=y"), {
    kind: "mount",
    prefix: "/a/b/",
    folder: "/x=y",
  });
  assert.deepEqual(parseStaticMount("/ü=x"), { kind: "mount", prefix: "/Ã¼/", folder: "x" });
});

test("--static: what can't be meant is refused", () => {
  for (const text of [
    "",
    "dir",
    "/static",
    "/static=",
    "static=dir",
    "=dir",
    "/=dir",
    "//=dir",
    "/a//b=dir",
    "/a?=dir",
    "/a%20b=dir",
    "/a/../b=dir",
    "/a/.=dir",
    "/a\\b=dir",
  ]) {
    assert.equal(parseStaticMount(text).kind, "malformed", text);
  }
});

test("the longest prefix counts; folders of one prefix keep their order", () => {
  const mounts = joinMounts([mount("/a/", "1"), mount("/a/b/", "2"), mount("/a/", "3")]);
  assert.deepEqual(
    mounts.map(({ prefix, folders }) => [prefix, folders.map(({ folder }) => folder.toString())]),
    [
      ["/a/b/", ["2"]],
      ["/a/", ["1", "3"]],
    ],
  );
  assert.equal(placeOf(mounts, "/a/b/c")?.mount.prefix, "/a/b/");
  assert.equal(placeOf(mounts, "/a/c")?.mount.prefix, "/a/");
});

test("a path is a mount's by what the application would see of it, in every spelling", () => {
  const mounts = joinMounts([mount("/static/", "x")]);
  for (const path of [
    "/static/a",
    "/%73tatic/a",
    "/static%2fa",
    "/%2fstatic/a",
    "/static/../admin",
  ]) {
    const place = placeOf(mounts, path);
    assert.equal(place === null, path === "/%2fstatic/a", path);
  }
  for (const path of ["/", "/staticx", "/statics/a", "/x/static/a", "*", "/STATIC/a"]) {
    assert.equal(placeOf(mounts, path), null, path);
  }
  assert.equal(placeOf(mounts, "/static")?.path, "mount-without-slash");
});
