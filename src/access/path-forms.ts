/**
 * The path of a request as rules look at it. What protects a path must not be led around by another
 * spelling of it: so a rule for a path counts when the path is below it as it was sent, or as a
 * program might read it that cleans paths up.
 */
import { decodePath } from "../gateway/path-info.ts";

/** Percent-decoded, its bytes as latin-1. */
export interface PathForms {
  /** As the application sees it. */
  readonly decoded: string;
  /** Slashes in a row are one, backslashes are slashes, `.` and `..` are resolved. */
  readonly clean: string;
}

/** @param path - as it was sent, or as a rule makes it. */
export function pathForms(path: string): PathForms {
  const decoded = decodePath(path);
  return { decoded, clean: cleanPath(decoded) };
}

/** RFC 3986 §5.2.4, on decoded text. */
function cleanPath(path: string): string {
  if (!/[/\\][/\\.]|\\/.test(path)) return path;
  const kept: string[] = [];
  const segments = path.split(/[/\\]+/);
  for (const segment of segments) {
    if (segment === "..") kept.pop();
    else if (segment !== "." && segment !== "") kept.push(segment);
  }
  const last = segments.at(-1);
  const isFolder = kept.length > 0 && (last === "" || last === "." || last === "..");
  return `/${kept.join("/")}${isFolder ? "/" : ""}`;
}

/**
 * Whether the path is this one or below it, in any form.
 * @param scope - as a rule names it: from `readScope`.
 */
export function isWithin(scope: string, { decoded, clean }: PathForms): boolean {
  return isBelow(scope, decoded) || isBelow(scope, clean);
}

function isBelow(scope: string, path: string): boolean {
  // What is for everything is for `OPTIONS *`, too.
  if (scope === "") return true;
  return path.startsWith(scope) && (path.length === scope.length || path[scope.length] === "/");
}

/** The path of a rule, as `isWithin` compares it; null: it is none. */
export function readScope(text: string): string | null {
  if (!text.startsWith("/") || /[?#%*\\\0]|\/\/|\/\.\.?(?:\/|$)/.test(text)) return null;
  // As the bytes of a decoded request path; "/" is everything.
  return Buffer.from(text.replace(/\/$/, ""), "utf8").toString("latin1");
}
