/** What a parser made of a stream of bytes, in a form in which two parsers can be compared. */

/** One request whose head was accepted. */
export interface ReadRequest {
  readonly method: string;
  /** The target as sent. */
  readonly target: string;
  /** "1.1" */
  readonly version: string;
  /** `name: value` for each field line, in order; latin-1. */
  readonly fields: readonly string[];
  /** The content that was handed on, as latin-1 text. */
  readonly body: string;
  /** Whether the end of the content was seen. */
  readonly complete: boolean;
}

/** All that came out for one stream. */
export interface Reading {
  readonly requests: readonly ReadRequest[];
  /** Why the stream was refused, or null; nothing after that was read. */
  readonly refusal: string | null;
  /** Whether the last request was the last one of its connection; nothing after it was read. */
  readonly closed: boolean;
  /** Whether the last request asked for another protocol, and what follows is not HTTP any more. */
  readonly leftHttp: boolean;
}
