/** What the access log tells of a request. */
import type { FieldBlock, HttpVersion } from "./request-head.ts";

/** One finished request. Sizes are bytes. */
export interface AccessEntry {
  readonly remoteAddress: string;
  readonly method: string;
  readonly target: string;
  /** As the client asked for it, with its port; empty where it named none. */
  readonly host: string;
  readonly version: HttpVersion;
  readonly status: number;
  readonly bodyBytes: number;
  readonly referer: string;
  readonly userAgent: string;
  /** From the moment when its head was here to its end. */
  readonly durationMs: number;
  /** 0: no worker had to do with it. */
  readonly workerPid: number;
  /** Those of the request; null where it could not be read. */
  readonly fields: FieldBlock | null;
  /** The application's status and field lines; empty where it has sent none. */
  readonly answerHead: string;
}
