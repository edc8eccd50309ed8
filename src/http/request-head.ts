/** A request head as every protocol of the front hands it on: HTTP/1.1 parses into it, others build it. */

/** How the end of a request body is found (RFC 9112 §6.3). */
export type RequestFraming = "none" | "content-length" | "chunked";

/** HTTP/1.0, HTTP/1.1, HTTP/2. */
export type HttpVersion = 10 | 11 | 20;

/** The parsed field lines of one request. One object may serve several requests in a row. */
export interface FieldBlock {
  /** Field names as sent, in order; latin-1. */
  readonly names: readonly string[];
  /** Field values without the white space around them; latin-1. */
  readonly values: readonly string[];
  readonly lowerNames: readonly string[];
  readonly framing: RequestFraming;
  /** Bytes of content; 0 for framing "none", -1 for "chunked". */
  readonly contentLength: number;
  /** The value of the Host field, or null without one. */
  readonly host: string | null;
  /** Whether Connection holds the option `close`. */
  readonly connectionClose: boolean;
  /** Whether Connection holds the option `keep-alive`. */
  readonly connectionKeepAlive: boolean;
  /** Whether the client waits for 100 (Continue): only on HTTP/1.1 and with a body to come. */
  readonly expectContinue: boolean;
  /** The version these lines were read under. */
  readonly version: HttpVersion;
  /** A slot for the gateway's encoded form of this block; null until the gateway fills it. */
  environ: Uint8Array | null;
  /** Filled with it: what trusted proxies say in these lines; null: nothing. */
  origin: RequestOrigin | null;
}

/** Where a request came from before it reached a proxy; null where the proxies don't tell. */
export interface RequestOrigin {
  /** The client's address; empty for a client that a proxy knows and doesn't name. */
  readonly address: string | null;
  /** The client's port; empty when it isn't known. */
  readonly port: string;
  readonly scheme: "http" | "https" | null;
  /** The host that the client asked for, with a port when it had one. */
  readonly host: string | null;
  /** The port that the client connected to, in decimal. */
  readonly serverPort: string | null;
  /** The beginning of the path that a proxy took away, without a slash at its end. */
  readonly prefix: string | null;
}

/** The head of a request. */
export interface RequestHead {
  readonly kind: "head";
  readonly method: string;
  /** The request target as sent. */
  readonly target: string;
  /** The path of the target, still percent-encoded; `*` for a server-wide OPTIONS. */
  readonly path: string;
  /** What follows the first `?` of the target; empty without one. */
  readonly query: string;
  readonly version: HttpVersion;
  readonly fields: FieldBlock;
  /** Whether the client wants the connection to stay (RFC 9112 §9.3). */
  readonly keepAlive: boolean;
  /** The authority of an absolute-form target, else the Host field (RFC 9112 §3.2.2). */
  readonly host: string | null;
}
