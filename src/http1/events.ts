/**
 * What the HTTP/1.1 core tells its driver. The constant ones are shared frozen objects: "need
 * data" and "paused" are results like any other, so that no caller has to test for null.
 */
import type { RequestHead } from "../http/request-head.ts";
import type { PeerFault } from "./faults.ts";

/** A piece of the body: a view of the received bytes, never a copy. */
export interface BodyData {
  readonly kind: "data";
  readonly data: Buffer;
}

/** The request is complete, with or without a body. */
export interface EndOfMessage {
  readonly kind: "end";
}

/** Nothing more can be said before more bytes come. */
export interface NeedData {
  readonly kind: "need-data";
}

/** The request is complete and the next one has not been asked for; see `resume()`. */
export interface Paused {
  readonly kind: "paused";
}

/** One answer of `RequestParser.next()`. */
export type Step = RequestHead | BodyData | EndOfMessage | NeedData | Paused | PeerFault;

export const END_OF_MESSAGE: EndOfMessage = Object.freeze({ kind: "end" });
export const NEED_DATA: NeedData = Object.freeze({ kind: "need-data" });
export const PAUSED: Paused = Object.freeze({ kind: "paused" });
