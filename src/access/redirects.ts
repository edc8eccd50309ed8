/**
 * Redirects: `FROM TO [STATUS]`. FROM is a path, with a host in front of it if wanted; TO is a path of
 * this server or an http or https URL. The first rule that matches counts.
 *
 * Nothing that a client sends becomes part of the host: a rest goes behind a slash that the rule has,
 * and a path never begins with two.
 */
import {
  type PathPattern,
  escapeUnsafe,
  localPath,
  matchPattern,
  readPattern,
} from "./path-pattern.ts";

export interface RedirectRule {
  readonly from: PathPattern;
  /** In lower case, without a port; "": for every host. */
  readonly fromHost: string;
  /** A path or a URL, without the star. */
  readonly to: string;
  readonly takesRest: boolean;
  readonly status: number;
}

/** Those that lead elsewhere. */
const STATUSES: ReadonlySet<string> = new Set(["301", "302", "303", "307", "308"]);
/** A URL with a path, so that what is added can't be a part of the host. */
const WHOLE_URL = /^https?:\/\/[a-z0-9.\-[\]:]+\/[\x21-\x7e]*$/i;
const OWN_PATH = /^\/(?![/\\])[\x21-\x7e]*$/;
const HOST = /^[a-z0-9.-]+$/;

/** The rule, or the end of a sentence that says what it takes. */
export function parseRedirect(text: string): RedirectRule | string {
  const [from = "", to = "", status = "302", ...more] = text.trim().split(/\s+/);
  if (to === "" || more.length > 0) return 'FROM TO [STATUS], such as "/old/* /new/* 301"';
  if (!STATUSES.has(status)) return "a status of 301, 302, 303, 307 or 308";
  const slash = from.indexOf("/");
  const fromHost = from.slice(0, Math.max(slash, 0)).toLowerCase();
  const pattern = slash < 0 ? null : readPattern(from.slice(slash));
  if (pattern === null || (fromHost !== "" && !HOST.test(fromHost))) {
    return "a FROM such as /old, /old/* or www.example.com/*, not percent-encoded";
  }
  const takesRest = to.endsWith("/*");
  const place = takesRest ? to.slice(0, -1) : to;
  if (!(OWN_PATH.test(place) || WHOLE_URL.test(place)) || /[*"<>\\^`{|}]/.test(place)) {
    return "a TO such as /new, /new/* or https://example.com/new/*";
  }
  if (takesRest && !pattern.hasStar) return "a FROM that ends in /* where TO does";
  if (takesRest && place.includes("?")) return "a TO without a query where it ends in /*";
  const rule = { from: pattern, fromHost, to: place, takesRest, status: Number(status) };
  if (place.startsWith("/") && matchPattern(pattern, place.replace(/\?.*/, "")) !== null) {
    return "a TO that FROM does not match, or clients would go round and round";
  }
  return rule;
}

/** What a redirect looks at. */
export interface RedirectedRequest {
  /** What of the path is in front of the site, decoded and without a slash at its end; "" as a rule. */
  readonly mount: string;
  /** As it was sent, without the mount. */
  readonly path: string;
  /** With its question mark; "": none. */
  readonly query: string;
  /** As the client asked for it, with a port if it had one; null: unknown. */
  readonly host: string | null;
  readonly scheme: "http" | "https";
}

export interface RedirectTarget {
  readonly status: number;
  /** Safe in a field line. */
  readonly location: string;
}

/** Null: no rule matches. */
export function findRedirect(
  rules: readonly RedirectRule[],
  request: RedirectedRequest,
): RedirectTarget | null {
  const { path, query, host, scheme } = request;
  const mount = escapeUnsafe(request.mount);
  for (const rule of rules) {
    if (rule.fromHost !== "" && rule.fromHost !== nameOf(host)) continue;
    const rest = matchPattern(rule.from, path);
    if (rest === null) continue;
    const { to, takesRest, status } = rule;
    const place = takesRest ? to + rest : to;
    const keeps = to.includes("?") ? "" : query;
    const location = escapeUnsafe(
      to.startsWith("/") ? mount + localPath(place) + keeps : place + keeps,
    );
    // `/* https://example.com/*` is for those who are not there yet.
    if (location === `${scheme}://${host ?? ""}${mount}${path}${query}`) continue;
    return { status, location };
  }
  return null;
}

function nameOf(host: string | null): string {
  return host === null ? "" : host.replace(/:\d*$/, "").toLowerCase();
}
