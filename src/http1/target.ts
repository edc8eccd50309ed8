/**
 * The request target (RFC 9112 §3.2), cut into path and query and otherwise left as sent.
 *
 * Accepted: origin-form, absolute-form with http or https, and `*` with OPTIONS. Percent escapes
 * are never decoded here, also malformed ones are passed on: they frame nothing, and what they
 * mean is for the application. `//name/x` is an origin-form path that begins with an empty
 * segment, never an authority.
 *
 * Refused with 400:
 * - every byte that is not visible US-ASCII (control characters, SP, DEL, raw non-ASCII bytes);
 *   RFC 3986 wants them percent-encoded;
 * - `#`: a fragment is never sent (RFC 9112 §3.2.1);
 * - `\` in the path: clients turn it into `/`, so none sends it, and programs disagree about
 *   what it means. In the query browsers do send it, so there it passes;
 * - `%00` in the path: an environ string cannot hold NUL;
 * - user information, an empty host or an unknown scheme in absolute-form.
 *
 * Deviation: the marks that RFC 3986 leaves out of a URI (`"<>^{|}` and the backquote) pass, as
 * browsers send several of them raw and they cannot be mistaken for anything.
 */
import { isAuthority } from "../http/host.ts";
import { VCHAR } from "../http/tokens.ts";
import { peerFault } from "./faults.ts";
import type { PeerFault } from "./faults.ts";

/** The parts of a request target. */
export interface Target {
  readonly kind: "target";
  readonly path: string;
  readonly query: string;
  /** The authority of an absolute-form target, else null. */
  readonly authority: string | null;
}

const SLASH = 0x2f;
const QUESTION_MARK = 0x3f;
const HASH = 0x23;
const BACKSLASH = 0x5c;
const PERCENT = 0x25;
const ZERO = 0x30;

/** Cuts `target` into its parts. `method` matters for `*` alone. */
export function parseTarget(target: string, method: string): Target | PeerFault {
  if (target.charCodeAt(0) === SLASH) return parsePathAndQuery(target, 0, null);
  if (target === "*") {
    // RFC 9112 §3.2.4: asterisk-form is only for a server-wide OPTIONS.
    return method === "OPTIONS" ? serverWide(null) : peerFault("bad-target");
  }
  return parseAbsoluteForm(target, method);
}

function serverWide(authority: string | null): Target {
  return { kind: "target", path: "*", query: "", authority };
}

/** RFC 9112 §3.2.2: absolute-form = absolute-URI; of the schemes only http and https are ours. */
function parseAbsoluteForm(target: string, method: string): Target | PeerFault {
  const schemeEnd = target.indexOf("://");
  // RFC 3986 §3.1: a scheme is compared without regard to case.
  const scheme = schemeEnd === 4 || schemeEnd === 5 ? target.slice(0, schemeEnd).toLowerCase() : "";
  if (scheme !== "http" && scheme !== "https") return peerFault("bad-target");
  const start = schemeEnd + 3;
  let end = start;
  while (end < target.length) {
    const code = target.charCodeAt(end);
    if (code === SLASH || code === QUESTION_MARK) break;
    end++;
  }
  const authority = target.slice(start, end);
  if (!isAuthority(authority)) return peerFault("bad-authority");
  if (end < target.length) return parsePathAndQuery(target, end, authority);
  // RFC 9112 §3.2.4: OPTIONS for an absolute URI without path and query means the whole server.
  return method === "OPTIONS"
    ? serverWide(authority)
    : { kind: "target", path: "/", query: "", authority };
}

function parsePathAndQuery(
  target: string,
  start: number,
  authority: string | null,
): Target | PeerFault {
  const length = target.length;
  let i = start;
  for (; i < length; i++) {
    const code = target.charCodeAt(i);
    if (code === QUESTION_MARK) break;
    if (VCHAR[code] !== 1 || code === HASH || code === BACKSLASH) return peerFault("bad-target");
    if (
      code === PERCENT &&
      target.charCodeAt(i + 1) === ZERO &&
      target.charCodeAt(i + 2) === ZERO
    ) {
      return peerFault("bad-target");
    }
  }
  // RFC 9110 §4.2.3: an empty path and "/" are the same.
  const path = i === start ? "/" : start === 0 && i === length ? target : target.slice(start, i);
  if (i === length) return { kind: "target", path, query: "", authority };
  const queryStart = i + 1;
  for (i = queryStart; i < length; i++) {
    const code = target.charCodeAt(i);
    if (VCHAR[code] !== 1 || code === HASH) return peerFault("bad-target");
  }
  return { kind: "target", path, query: target.slice(queryStart), authority };
}
