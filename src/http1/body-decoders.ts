/**
 * What all body decoders have in common, and the one for a known length. A decoder takes what it
 * needs from the input and answers one step at a time; after "end" it is used up.
 */
import { END_OF_MESSAGE, NEED_DATA } from "./events.ts";
import type { BodyData, EndOfMessage, NeedData } from "./events.ts";
import type { PeerFault } from "./faults.ts";
import type { Input } from "./input.ts";

/** Takes the content of one request out of the received bytes. */
export interface BodyDecoder {
  next(input: Input): BodyData | EndOfMessage | NeedData | PeerFault;
}

/** RFC 9112 §6.2: exactly Content-Length bytes. */
export class LengthDecoder implements BodyDecoder {
  #remainingBytes: number;

  constructor(contentLength: number) {
    this.#remainingBytes = contentLength;
  }

  next(input: Input): BodyData | EndOfMessage | NeedData {
    if (this.#remainingBytes === 0) return END_OF_MESSAGE;
    if (!input.ready()) return NEED_DATA;
    const data = input.take(this.#remainingBytes);
    this.#remainingBytes -= data.length;
    return { kind: "data", data };
  }
}
