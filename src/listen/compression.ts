/**
 * Compression of the application's answers (`--compress`): which coding a client gets, and how many
 * are being encoded.
 *
 * An answer that is here as a whole and small is encoded at once: up to 16 KiB that costs the event
 * loop no more than handing it to another thread and back (zlib of Node.js 20.20: 50 to 150 µs against
 * 60 to 130 µs). Everything else goes through an `AnswerEncoder`. Such an encoder holds up to 1 MiB; so there
 * are only so many at a time, and what comes beyond goes out as it is.
 */
import { decodePath } from "../gateway/path-info.ts";
import {
  type CodingForms,
  type ContentCoding,
  acceptedCoding,
  codingForms,
  isEncodable,
  notModifiedHead,
  variedHead,
} from "../http/content-coding.ts";
import { fieldValue } from "../http/field-value.ts";
import type { RequestHead } from "../http/request-head.ts";
import { AnswerEncoder, type EncoderOwner } from "./answer-encoder.ts";
import { encoders } from "./encoders.ts";
import type { BufferMemory } from "./buffer-memory.ts";

/** The largest answer that is encoded at once. */
const MAX_AT_ONCE_BYTES = 16 * 1024;
const MAX_OPEN = 64;
/** What an encoder is counted with, as part of what all connections hold. */
const ENCODER_BYTES = 1024 * 1024;
/** Clients send one of few values. */
const MAX_REMEMBERED = 64;

/** From the settings. */
export interface CompressionRules {
  /** Of `mediaTypePattern`. */
  readonly types: RegExp;
  /** Smaller answers go out as they are, where the size is known. */
  readonly minBytes: number;
  /** Beginnings of paths whose answers go out as they are; as in PATH_INFO. */
  readonly exceptPaths: readonly string[];
}

/** What becomes of an answer. */
export interface EncodingPlan {
  /** As it is sent, unless `coding` has one. */
  readonly head: string;
  readonly coding: ContentCoding | "";
}

export class Compression {
  readonly #rules: CompressionRules;
  readonly #memory: BufferMemory;
  readonly #forms: CodingForms = codingForms([...encoders.keys()]);
  /** By value of Accept-Encoding. */
  readonly #remembered: Map<string, ContentCoding | ""> = new Map();
  #open = 0;

  constructor(rules: CompressionRules, memory: BufferMemory) {
    this.#rules = rules;
    this.#memory = memory;
  }

  /** @param bytes - of the answer's content; -1: not known. */
  plan(request: RequestHead, status: number, head: string, bytes: number): EncodingPlan {
    const { types, minBytes } = this.#rules;
    if (status === 304) {
      const ifNoneMatch = fieldValue(request.fields, "if-none-match");
      return { head: notModifiedHead(head, ifNoneMatch), coding: "" };
    }
    const isSmall = bytes >= 0 && bytes < minBytes;
    if (isSmall || !isEncodable(status, head, types) || this.#isExcepted(request.path)) {
      return { head, coding: "" };
    }
    const coding = this.#codingFor(request);
    return coding === "" ? { head: variedHead(head), coding } : { head, coding };
  }

  #isExcepted(path: string): boolean {
    const { exceptPaths } = this.#rules;
    if (exceptPaths.length === 0) return false;
    // What the application sees counts, so that no spelling leads around it.
    const decoded = decodePath(path);
    return exceptPaths.some((start) => decoded.startsWith(start));
  }

  #codingFor({ fields }: RequestHead): ContentCoding | "" {
    const value = fieldValue(fields, "accept-encoding");
    if (value === null) return "";
    const remembered = this.#remembered.get(value);
    if (remembered !== undefined) return remembered;
    const coding = acceptedCoding(value, this.#forms);
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(value, coding);
    return coding;
  }

  /** Null: it is too large for that. */
  encodeAtOnce(coding: ContentCoding, bytes: Buffer): Buffer | null {
    if (bytes.length > MAX_AT_ONCE_BYTES) return null;
    return encoders.get(coding)?.encodeAtOnce(bytes) ?? null;
  }

  /** Null: there are too many already. */
  openEncoder(coding: ContentCoding, owner: EncoderOwner): AnswerEncoder | null {
    const encoder = encoders.get(coding);
    if (encoder === undefined || this.#open >= MAX_OPEN || this.#memory.isShort) return null;
    const stream = encoder.openStream();
    this.#open++;
    this.#memory.add(ENCODER_BYTES);
    stream.once("close", () => {
      this.#open--;
      this.#memory.add(-ENCODER_BYTES);
    });
    return new AnswerEncoder(owner, stream);
  }
}
