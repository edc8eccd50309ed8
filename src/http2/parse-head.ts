/**
 * The head of an HTTP/2 request (RFC 9113 §8.3) as all protocols hand it on. What HTTP/2 has of its
 * own is checked here; the field lines then go through the same rules as those of HTTP/1.1, so that
 * a request is read in one way whichever way it came.
 *
 * node:http2 has reset streams with upper-case names and with pseudo-header fields that are unknown,
 * twice there or behind others. The checks here do not rely on it where it matters.
 *
 * Deviation: a field with a character that has no place in its name or value is left out by nghttp2,
 * and nobody is told; RFC 9113 §8.2.1 wants the whole request refused.
 */
import type { FieldBlock, RequestHead } from "../http/request-head.ts";
import { FIELD_VALUE_CHAR, isAll, isToken } from "../http/tokens.ts";
import { parseFieldBlock } from "../http1/field-block.ts";
import { type PeerFault, peerFault } from "../http1/faults.ts";
import type { ParserLimits } from "../http1/limits.ts";
import { MAX_METHOD_LENGTH } from "../http1/request-line.ts";
import { parseTarget } from "../http1/target.ts";

/** RFC 9113 §8.2.2: fields that are about one connection of HTTP/1.1. */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** RFC 9113 §6.5.2: what a field costs beside its name and its value. */
const FIELD_OVERHEAD_BYTES = 32;

interface Pseudo {
  method: string;
  path: string;
  authority: string | null;
}

/**
 * @param raw - name and value in turn, latin-1, names in lower case.
 * @param bodyFollows - the stream does not end with its head.
 */
export function parseHead(
  raw: readonly string[],
  bodyFollows: boolean,
  limits: ParserLimits,
): RequestHead | PeerFault {
  const pseudo: Pseudo = { method: "", path: "", authority: null };
  let lines = "";
  let host: string | null = null;
  let cookies = "";
  let size = 0;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? "";
    const value = raw[i + 1] ?? "";
    size += name.length + value.length + FIELD_OVERHEAD_BYTES;
    if (size > limits.maxHeadBytes) return peerFault("head-too-large");
    if (name.startsWith(":")) {
      readPseudo(pseudo, name, value);
      continue;
    }
    const fault = checkField(name, value);
    if (fault !== null) return fault;
    // RFC 9113 §8.2.3: crumbs of one Cookie field.
    if (name === "cookie") cookies += cookies === "" ? value : `; ${value}`;
    else if (name !== "host") lines += `${name}: ${value}\r\n`;
    else if (host === null) host = value;
    else return peerFault("duplicate-host");
  }
  if (cookies !== "") lines += `cookie: ${cookies}\r\n`;
  const { authority } = pseudo;
  // RFC 9113 §8.3.1: they name the same place, or the request can be read in two ways.
  if (authority !== null && host !== null && authority.toLowerCase() !== host.toLowerCase()) {
    return peerFault("host-differs-from-authority");
  }
  const place = authority ?? host;
  if (place !== null) lines = `host: ${place}\r\n${lines}`;
  const fields = parseFieldBlock(`${lines}\r\n`, 0, lines.length, 11, limits);
  if ("kind" in fields) return fields;
  return assemble(pseudo, fields, bodyFollows, limits);
}

function readPseudo(pseudo: Pseudo, name: string, value: string): void {
  if (name === ":method") pseudo.method = value;
  else if (name === ":path") pseudo.path = value;
  else if (name === ":authority") pseudo.authority = value;
}

function checkField(name: string, value: string): PeerFault | null {
  if (CONNECTION_FIELDS.has(name)) return peerFault("connection-specific-field");
  // RFC 9113 §8.2.2: the one value that is of use.
  if (name === "te" && value.toLowerCase() !== "trailers") {
    return peerFault("connection-specific-field");
  }
  // RFC 9113 §8.2: names are in lower case.
  if (!isToken(name) || name !== name.toLowerCase()) return peerFault("bad-field-name");
  return isAll(FIELD_VALUE_CHAR, value) ? null : peerFault("control-character");
}

function assemble(
  pseudo: Pseudo,
  parsed: FieldBlock,
  bodyFollows: boolean,
  limits: ParserLimits,
): RequestHead | PeerFault {
  const { method, path } = pseudo;
  if (method === "CONNECT") return peerFault("connect-not-supported");
  if (!isToken(method)) return peerFault("bad-method");
  if (method.length > MAX_METHOD_LENGTH) return peerFault("method-too-long");
  // The same length as a request line of HTTP/1.1 with this method and target.
  const lineLength = method.length + path.length + " ".length * 2 + "HTTP/1.1".length;
  if (lineLength > limits.maxRequestLineBytes) return peerFault("request-line-too-long");
  // RFC 9113 §8.3.1: a path, or "*" with OPTIONS.
  if (!path.startsWith("/") && path !== "*") return peerFault("bad-target");
  const target = parseTarget(path, method);
  if (target.kind === "fault") return target;
  // RFC 9113 §8.1.1: a length that is announced is that of the content.
  if (!bodyFollows && parsed.contentLength > 0) return peerFault("bad-content-length");
  const isOpen = bodyFollows && parsed.framing === "none";
  const fields: FieldBlock = {
    ...parsed,
    version: 20,
    framing: isOpen ? "chunked" : parsed.framing,
    contentLength: isOpen ? -1 : parsed.contentLength,
    expectContinue: bodyFollows && parsed.lowerNames.includes("expect"),
  };
  return {
    kind: "head",
    method,
    target: path,
    path: target.path,
    query: target.query,
    version: 20,
    fields,
    keepAlive: true,
    host: fields.host,
  };
}
