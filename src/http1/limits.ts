/**
 * How much a peer may send. All limits also hold for input that is not complete yet, so that a
 * peer cannot make the server collect without end.
 */

/** Upper bounds of one request. Sizes are bytes and include everything but the line's own CRLF. */
export interface ParserLimits {
  /** Longest request line; longer ones get 414 (RFC 9112 §3: at least 8000 should pass). */
  readonly maxRequestLineBytes: number;
  /** Most field lines in one head; more get 431 (RFC 6585 §5). */
  readonly maxFields: number;
  /** Longest field line, name and value together; longer ones get 431. */
  readonly maxFieldLineBytes: number;
  /** Longest head from the request line to the empty line, both included; longer ones get 431. */
  readonly maxHeadBytes: number;
  /** Largest content; larger ones get 413. `Infinity` is allowed. */
  readonly maxBodyBytes: number;
  /** Longest chunk-size line with its extensions; longer ones get 400. */
  readonly maxChunkLineBytes: number;
  /** Most bytes of chunk extensions in one body; more get 400. */
  readonly maxChunkExtensionBytes: number;
  /** Longest trailer section with its empty line; longer ones get 431. */
  readonly maxTrailerBytes: number;
}

/**
 * 8190 bytes and 100 fields are what operators know from other servers. A head of 64 KiB leaves
 * room for several large cookies. Chunk extensions and trailers have no use here and are read only
 * to be dropped; hence the small numbers.
 */
export const DEFAULT_LIMITS: ParserLimits = Object.freeze({
  maxRequestLineBytes: 8190,
  maxFields: 100,
  maxFieldLineBytes: 8190,
  maxHeadBytes: 65536,
  maxBodyBytes: 1073741824,
  maxChunkLineBytes: 1024,
  maxChunkExtensionBytes: 16384,
  maxTrailerBytes: 8192,
});
