/** What connections need of files that are sent; `files/file-source.ts` has it. */
import type { FileOffer } from "../wire/file-offer.ts";

/** Where the bytes go. */
export interface FileTarget {
  /** Calls back when the system has taken the bytes, or never will. */
  write(data: Buffer, done: (error?: Error | null) => void): unknown;
}

/** A file that is open. It is closed when its sending ends, or by `release`. */
export interface SendableFile {
  /** How much can be sent. */
  readonly bytes: number;
  /**
   * Sends it, no faster than the target takes it; once.
   * @param sent - told after each piece.
   * @param done - null: all of it is sent. Not called after `release`.
   */
  send(
    target: FileTarget,
    sent: (bytes: number) => void,
    done: (error: Error | null) => void,
  ): void;
  /** It isn't needed any more. */
  release(): void;
}

/** Why there is no file: "missing" is everyday business, the others are somebody's mistake. */
export interface FileFault {
  readonly kind: "missing" | "refused" | "failed";
  /** For the log. */
  readonly reason: string;
}

export interface FileSource {
  /** Whether the application's field of this kind is acted on. */
  actsOn(origin: "x-sendfile" | "x-accel-redirect"): boolean;
  /** Opens what is offered, and sees that it may be sent. */
  open(offer: FileOffer): Promise<SendableFile | FileFault>;
}
