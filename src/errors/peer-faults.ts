/**
 * Faults of the client: code, the status of the one answer it gets, meaning. The connection ends
 * after that answer. 501 and 505 stand here too: the client asked for what HTTP has and we have not.
 */
export const peerFaults = {
  "bare-cr": { status: 400, sentence: "A carriage return without a line feed." },
  "bare-lf": { status: 400, sentence: "A line feed without a carriage return." },
  "control-character": { status: 400, sentence: "A control character in the head or a trailer." },
  "too-many-empty-lines": { status: 400, sentence: "More than one empty line before a request." },

  "bad-request-line": { status: 400, sentence: "The request line isn't method, target, version." },
  "bad-method": { status: 400, sentence: "The method isn't a token." },
  "method-too-long": { status: 501, sentence: "The method is longer than any that is in use." },
  "connect-not-supported": { status: 501, sentence: "CONNECT asks for a proxy." },
  "bad-version": { status: 400, sentence: "The protocol version is malformed." },
  "version-not-supported": { status: 505, sentence: "An HTTP version other than 1.0 and 1.1." },
  "bad-target": { status: 400, sentence: "The request target has no form that is allowed here." },
  "bad-authority": { status: 400, sentence: "The host in the request target is malformed." },
  "request-line-too-long": { status: 414, sentence: "More than --limit-request-line." },

  "bad-field-line": { status: 400, sentence: "A field line without a colon." },
  "bad-field-name": { status: 400, sentence: "A field name that isn't a token." },
  "folded-field-line": { status: 400, sentence: "A field line that starts with white space." },
  "field-line-too-long": { status: 431, sentence: "More than --limit-request-field-size." },
  "too-many-fields": { status: 431, sentence: "More than --limit-request-fields." },
  "head-too-large": { status: 431, sentence: "More than --limit-request-head." },
  "missing-host": { status: 400, sentence: "An HTTP/1.1 request without Host." },
  "duplicate-host": { status: 400, sentence: "More than one Host." },
  "bad-host": { status: 400, sentence: "The value of Host is malformed." },
  "host-differs-from-authority": { status: 400, sentence: "Host and :authority name two places." },
  "unknown-host": { status: 421, sentence: "No site has the host that was asked for." },
  "unknown-path": {
    status: 404,
    sentence: "The sites of this host have other beginnings of paths.",
  },
  "connection-specific-field": {
    status: 400,
    sentence: "A field of HTTP/1.1 connections in an HTTP/2 request.",
  },
  "duplicate-content-type": { status: 400, sentence: "More than one Content-Type." },
  "expectation-failed": { status: 417, sentence: "An Expect other than 100-continue." },

  "underscore-in-field-name": {
    status: 400,
    sentence: "A field name with an underscore, with --header-map refuse.",
  },
  "bad-forwarding-field": {
    status: 400,
    sentence: "What a trusted proxy says of the client can't be read (--forwarded-fields).",
  },
  "contradicting-forwarding-fields": {
    status: 400,
    sentence: "Two different values in the fields of a trusted proxy (--forwarded-fields).",
  },

  "bad-content-length": { status: 400, sentence: "Content-Length isn't digits only, or too many." },
  "duplicate-content-length": { status: 400, sentence: "More than one Content-Length." },
  "bad-transfer-encoding": { status: 400, sentence: "Transfer-Encoding is malformed." },
  "duplicate-transfer-encoding": { status: 400, sentence: "More than one Transfer-Encoding." },
  "transfer-encoding-with-content-length": {
    status: 400,
    sentence: "Transfer-Encoding beside Content-Length: two answers to where the body ends.",
  },
  "transfer-encoding-on-http10": { status: 400, sentence: "Transfer-Encoding on HTTP/1.0." },
  "transfer-coding-not-supported": { status: 501, sentence: "A coding other than chunked." },
  "body-too-large": { status: 413, sentence: "More than --limit-request-body." },

  "bad-chunk-size": { status: 400, sentence: "A chunk size isn't hexadecimal, or is too large." },
  "bad-chunk-extension": { status: 400, sentence: "A chunk extension is malformed." },
  "chunk-line-too-long": { status: 400, sentence: "A chunk's first line is too long." },
  "too-many-chunk-extensions": { status: 400, sentence: "Too many bytes of chunk extensions." },
  "bad-chunk-end": { status: 400, sentence: "A chunk's data isn't followed by CRLF." },
  "forbidden-trailer": { status: 400, sentence: "A trailer that belongs into the head." },
  "trailers-too-large": { status: 431, sentence: "The trailers are too large." },
} as const;
