/** Field lines and path to environ entries: names that were seen before, and paths without an escape. */
import { appendFieldEntries, type FieldFilter } from "../../src/gateway/environ-entries.ts";
import { decodePath } from "../../src/gateway/path-info.ts";
import type { FieldBlock } from "../../src/http/request-head.ts";
import { HeadParser } from "../../src/http1/head-parser.ts";
import { DEFAULT_LIMITS } from "../../src/http1/limits.ts";
import { appendFieldEntriesPlainly, decodePathPlainly } from "../../test/plain/environ.ts";
import { compare } from "./compare.ts";
import { HEADS } from "./requests.ts";

const FILTER: FieldFilter = { dropped: () => {}, forwarding: () => false };

const blocks = HEADS.map((text): FieldBlock => {
  const head = new HeadParser(DEFAULT_LIMITS, false).parse(text, 0, text.length);
  if (head.kind === "fault") throw new Error(head.code);
  return head.fields;
});

function encode(append: typeof appendFieldEntries): (count: number) => number {
  return (count) => {
    let made = 0;
    for (let i = 0; i < count; i++) {
      const entries: string[] = [];
      append(entries, blocks[i % blocks.length]!, FILTER);
      made += entries.length;
    }
    return made;
  };
}

function decode(paths: readonly string[], how: typeof decodePath): (count: number) => number {
  return (count) => {
    let chars = 0;
    for (let i = 0; i < count; i++) chars += how(paths[i % paths.length]!).length;
    return chars;
  };
}

const plainPaths = HEADS.map((_, i) => `/shop/items/${i}`);
const escapedPaths = HEADS.map((_, i) => `/shop/caf%C3%A9/items%20${i}`);

compare("environ encode: eight field lines to entries", 20_000, [
  { name: "names remembered", run: encode(appendFieldEntries) },
  { name: "plain", run: encode(appendFieldEntriesPlainly) },
]);
compare("environ encode: a path without an escape", 200_000, [
  { name: "looked for first", run: decode(plainPaths, decodePath) },
  { name: "plain", run: decode(plainPaths, decodePathPlainly) },
]);
compare("environ encode: a path with three escapes", 50_000, [
  { name: "from escape to escape", run: decode(escapedPaths, decodePath) },
  { name: "plain", run: decode(escapedPaths, decodePathPlainly) },
]);
