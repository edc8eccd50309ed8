/** Where the keys of a JSON text stand, which its parser doesn't say. For a text that has been parsed without a fault. */

export interface JsonKey {
  /** From the outermost key: `site`, 0, `workers`. */
  readonly path: readonly (string | number)[];
  /** From 1. */
  readonly line: number;
}

interface Container {
  readonly isObject: boolean;
  /** Where in it the scan is: a key, or an index. */
  at: string | number;
  expectsKey: boolean;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],\n]/g;

/** Each key, in order. */
export function jsonKeys(text: string): readonly JsonKey[] {
  const keys: JsonKey[] = [];
  const within: Container[] = [];
  let line = 1;
  for (const [token] of text.matchAll(TOKEN)) {
    const container = within.at(-1);
    if (token === "\n") line += 1;
    else if (token === "{") within.push({ isObject: true, at: "", expectsKey: true });
    else if (token === "[") within.push({ isObject: false, at: 0, expectsKey: false });
    else if (token === "}" || token === "]") within.pop();
    else if (token === ",") {
      if (container?.isObject === true) container.expectsKey = true;
      else if (container !== undefined) container.at = Number(container.at) + 1;
    } else if (container?.expectsKey === true) {
      container.at = String(JSON.parse(token));
      container.expectsKey = false;
      keys.push({ path: within.map(({ at }) => at), line });
    }
  }
  return keys;
}

/** `wizgy.json:3`; where there is no such key, the line of what would hold it, or the file alone. */
export function jsonPlaceOf(
  file: { readonly path: string; readonly text: string },
  path: readonly (string | number)[],
): string {
  const keys = jsonKeys(file.text);
  for (let length = path.length; length > 0; length -= 1) {
    const wanted = JSON.stringify(path.slice(0, length));
    // An item of a list has no key: the first one in it is near.
    const found = keys.find(
      (key) => JSON.stringify(key.path) === wanted || startsWith(key.path, path, length),
    );
    if (found !== undefined) return `${file.path}:${found.line}`;
  }
  return file.path;
}

function startsWith(
  path: readonly (string | number)[],
  wanted: readonly (string | number)[],
  length: number,
): boolean {
  return (
    typeof wanted[length - 1] === "number" &&
    wanted.slice(0, length).every((part, at) => path[at] === part)
  );
}

/** The first key that stands twice in one object: of two the parser takes the last, and says nothing. */
export function doubleJsonKey(text: string): JsonKey | null {
  const seen = new Set<string>();
  for (const key of jsonKeys(text)) {
    const path = JSON.stringify(key.path);
    if (seen.has(path)) return key;
    seen.add(path);
  }
  return null;
}
