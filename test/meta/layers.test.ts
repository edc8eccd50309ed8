/**
 * The layer rule of ARCHITECTURE.md. A file imports from its own folder and from lower layers only; folders of one layer
 * don't know each other. The pure folders take values and give values: nothing of Node's, no clock, no timer.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { codeOnly, filesBelow, read, withoutComments } from "./tree.ts";

/** Lowest first. A name with ".ts" is a file of src/ itself. */
const LAYERS: readonly (readonly string[])[] = [
  ["base", "errors", "version.ts"],
  ["options", "http", "proxy-protocol", "wire"],
  ["http1", "cgi", "gateway"],
  ["pool", "site", "static", "access", "http2"],
  ["sockets"],
  ["workers", "listen", "tls", "files", "log", "passwords"],
  ["control"],
  ["server.ts"],
  ["cli.ts", "index.ts"],
];

const PURE_LAYERS = 4;

/** The packages that are needed at run time (docs/dependencies.md), each with the parts that may use it. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  bcryptjs: ["passwords"],
  chokidar: ["control"],
  "mime-types": ["files"],
  "smol-toml": ["control"],
};

/** What a pure folder must not name, in code (not in comments or strings). `Buffer` is allowed. */
const IMPURE =
  /\b(?:process|console|performance|globalThis|Promise|setTimeout|setInterval|setImmediate|queueMicrotask|async|await)\b|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b/g;

const IMPORT =
  /\b(import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\bimport\(\s*"([^"]+)"/g;

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

const sources = filesBelow("src", ".ts");

for (const part of new Set(sources.map(partOf))) {
  const files = sources.filter((path) => partOf(path) === part);
  const layer = layerOf(part);

  test(`layers: src/${part} imports only from itself and from lower layers`, () => {
    assert.notEqual(layer, -1, `src/${part} has no layer: give it a place in the table`);
    assert.deepEqual(
      files.flatMap((path) => wrongImports(path, part, layer)),
      [],
    );
  });

  if (layer === -1 || layer >= PURE_LAYERS) continue;
  test(`layers: src/${part} is pure`, () => {
    assert.deepEqual(files.flatMap(impurities), []);
  });
}

function wrongImports(path: string, part: string, layer: number): string[] {
  return importsOf(path)
    .filter(({ specifier, typeOnly }) => {
      if (specifier.startsWith("node:")) return false;
      if (LIBRARIES[specifier]?.includes(part) === true) return false;
      if (!/^\.\.?\/.*\.ts$/.test(specifier)) return true; // Neither Node's nor a file of ours.
      const target = partOf(new URL(specifier, `file:///${path}`).pathname.slice(1));
      if (target === part || (typeOnly && target === "options")) return false;
      return layerOf(target) === -1 || layerOf(target) >= layer;
    })
    .map(({ specifier }) => `${path} imports ${specifier}`);
}

function impurities(path: string): string[] {
  const outside = importsOf(path).map(({ specifier }) => specifier);
  const words = [...codeOnly(read(path)).matchAll(IMPURE)].map(([word]) => word);
  const found = [...outside.filter((specifier) => specifier.startsWith("node:")), ...words];
  return found.map((what) => `${path} uses ${what}`);
}

/** "src/http1/target.ts" is in the part "http1", "src/cli.ts" is the part "cli.ts". */
function partOf(path: string): string {
  return path.split("/")[1] ?? "";
}

function layerOf(part: string): number {
  return LAYERS.findIndex((parts) => parts.includes(part));
}

function importsOf(path: string): Import[] {
  return [...withoutComments(read(path)).matchAll(IMPORT)].map((match) => ({
    specifier: match[3] ?? match[4] ?? "",
    typeOnly: match[2] !== undefined,
  }));
}
