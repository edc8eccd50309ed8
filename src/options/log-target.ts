/** Where log lines go. */
export type LogTarget =
  | { readonly kind: "off" }
  | { readonly kind: "stdout" }
  | { readonly kind: "file"; readonly path: string };

/**
 * Reads a log target: `-` is standard output, `off` is nowhere, all else is a path. A file that is
 * called `off` is reached as `./off`.
 */
export function parseLogTarget(text: string): LogTarget {
  if (text === "off") return { kind: "off" };
  if (text === "-") return { kind: "stdout" };
  return { kind: "file", path: text };
}
