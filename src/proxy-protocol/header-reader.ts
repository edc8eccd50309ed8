/**
 * The PROXY protocol (versions 1 and 2, HAProxy's specification): before anything else a connection
 * begins with a header in which a balancer tells whose connection it is.
 *
 * The reader takes bytes in any pieces and says as soon as it can what the header tells or that it is
 * none. It never takes more than the header, and never waits for more than a header can have. Whether
 * there is one is not guessed: where one is asked for, a connection without one is at fault.
 */
import type { ProxyFault, ProxyHeader } from "./outcome.ts";
import { proxyFault } from "./outcome.ts";
import { SIGNATURE, v2Fault, v2Length, readV2 } from "./binary-header.ts";
import { MAX_V1_BYTES, readV1, v1Fault } from "./text-header.ts";

/** Which versions are taken; `auto` takes both. */
export type ProxyVersions = "v1" | "v2" | "auto";

const LF = 0x0a;
/** What tells the length of a binary header: the signature, version, family, length. */
const V2_FIXED_BYTES = 16;

/** Reads the header of one connection. */
export class ProxyHeaderReader {
  readonly #versions: ProxyVersions;
  #bytes: Buffer = Buffer.alloc(MAX_V1_BYTES);
  #length = 0;
  #isBinary = false;
  /** Of a binary header, once its fixed part is here. */
  #expected = 0;
  #used = 0;

  constructor(versions: ProxyVersions) {
    this.#versions = versions;
  }

  /** How many bytes of the last chunk belong to the header. */
  get used(): number {
    return this.#used;
  }

  /** Whether anything has come. */
  get hasBegun(): boolean {
    return this.#length > 0;
  }

  /** The outcome, or null while more is needed. After an outcome nothing more may be given. */
  receive(chunk: Uint8Array): ProxyHeader | ProxyFault | null {
    for (const [index, byte] of chunk.entries()) {
      this.#bytes[this.#length++] = byte;
      const outcome = this.#isBinary ? this.#afterBinary(byte) : this.#afterText(byte);
      if (outcome !== null) {
        this.#used = index + 1;
        return outcome;
      }
    }
    this.#used = chunk.length;
    return null;
  }

  #afterText(byte: number): ProxyHeader | ProxyFault | null {
    const length = this.#length;
    if (length === 1 && byte === SIGNATURE[0]) {
      if (this.#versions === "v1") return proxyFault("it is of version 2 (--proxy-protocol)");
      this.#isBinary = true;
      return null;
    }
    const fault = v1Fault(byte, length - 1);
    if (fault !== null) return fault;
    if (this.#versions === "v2") return proxyFault("it isn't of version 2 (--proxy-protocol)");
    if (byte === LF) return readV1(this.#bytes.toString("latin1", 0, length));
    return length === MAX_V1_BYTES ? proxyFault("it has no end") : null;
  }

  #afterBinary(byte: number): ProxyHeader | ProxyFault | null {
    const length = this.#length;
    if (length <= V2_FIXED_BYTES) {
      const fault = v2Fault(byte, length - 1);
      if (fault !== null) return fault;
    }
    if (length === V2_FIXED_BYTES) {
      const rest = v2Length(this.#bytes);
      if (typeof rest !== "number") return rest;
      this.#expected = length + rest;
      const larger = Buffer.alloc(this.#expected);
      this.#bytes.copy(larger, 0, 0, length);
      this.#bytes = larger;
    }
    return length === this.#expected ? readV2(this.#bytes) : null;
  }
}
