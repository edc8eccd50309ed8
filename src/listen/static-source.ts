/** What connections need of files in folders; `files/static-files.ts` has it. */
import type { RequestHead } from "../http/request-head.ts";
import type { StaticPlace } from "../static/mounts.ts";
import type { SendableFile } from "./file-source.ts";

/** A whole answer; at most one of the three kinds of content is there. */
export interface StaticAnswer {
  readonly status: number;
  /** Status code and reason, then field lines, Content-Length among them; like a worker's head. */
  readonly head: string;
  /** Of the content. It is not sent in answer to HEAD. */
  readonly bytes: number;
  /** Latin-1. */
  readonly text: string | null;
  readonly body: Buffer | null;
  /** Whoever does not send it releases it. */
  readonly file: SendableFile | null;
}

export interface StaticSource {
  /** Null: the path is the application's. */
  match(
    path: string,
    head: RequestHead,
    peer: { readonly remoteAddress: string },
  ): StaticPlace | null;
  /** What is added to an answer of the application that is a plain page: ASCII; null: nothing. */
  pageAddition?(head: RequestHead, peer: { readonly remoteAddress: string }): Buffer | null;
  /** At once when all is in memory. Never rejects. */
  answer(
    place: StaticPlace,
    head: RequestHead,
    nowMs: number,
  ): StaticAnswer | Promise<StaticAnswer>;
}
