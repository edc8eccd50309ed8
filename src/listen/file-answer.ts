/**
 * The way of an answer whose body lies in a file (wire §5.11).
 *
 *     a file of the worker:   open -> "taken" to the worker -> head, body
 *     a field of the answer:  "taken" to the worker -> open -> head, body
 *
 * A file of the worker is opened before the worker lets go of it; when that fails nothing is lost,
 * because the worker then sends it itself. Ranges and conditional requests have their place
 * between opening and the head.
 */
import { latin1Text } from "../base/latin1.ts";
import { isWithoutContent } from "../http1/response-framing.ts";
import { type FileOffer, readFileOffer } from "../wire/file-offer.ts";
import type { FrameReader } from "../wire/frame-reader.ts";
import type { FileFault, FileSource, FileTarget, SendableFile } from "./file-source.ts";

/** Whose answer it is. */
export interface FileAnswerOwner {
  /** Tells the worker. False: there is no worker any more. */
  replyFile(taken: boolean): boolean;
  /**
   * The head can be sent. `flags`: of the frame; `bytes`: of the body.
   * @returns whether the answer has a body.
   */
  fileOpened(status: number, head: string, flags: number, bytes: number): boolean;
  fileProgressed(bytes: number): void;
  fileSent(): void;
  /** What is missing can't be sent. `why`: for the log. */
  fileCut(why: string): void;
  /** There is no file, and the worker isn't there to do anything else. `why`: for the log. */
  fileNotOpened(code: "sent-file-missing" | "sent-file-refused", why: string): void;
}

export class FileAnswer {
  readonly #owner: FileAnswerOwner;
  readonly #target: FileTarget;
  readonly #offer: FileOffer;
  readonly #head: string;
  readonly #status: number;
  readonly #flags: number;
  #file: SendableFile | null = null;
  #released = false;

  /** @param frame - FILE; it is not needed after this. */
  constructor(owner: FileAnswerOwner, target: FileTarget, frame: FrameReader) {
    this.#owner = owner;
    this.#target = target;
    this.#offer = readFileOffer(frame);
    this.#head = latin1Text(frame.bytes, frame.headStart, frame.headEnd);
    this.#status = frame.status;
    this.#flags = frame.flags;
  }

  async begin(source: FileSource): Promise<void> {
    const offer = this.#offer;
    const { origin } = offer;
    const isField = origin !== "handed";
    if (isField && !this.#owner.replyFile(source.actsOn(origin))) return;
    if (isField && !source.actsOn(origin)) return;
    const file = await source.open(offer);
    if ("kind" in file) {
      if (this.#released) return;
      if (isField) this.#refuse(file);
      else this.#owner.replyFile(false);
      return;
    }
    if (this.#released || (!isField && !this.#owner.replyFile(true))) {
      file.release();
      return;
    }
    this.#send(file);
  }

  #send(file: SendableFile): void {
    const owner = this.#owner;
    // RFC 9110 §8.6: answers that never have content have no length either.
    const hasLength = !isWithoutContent(this.#status);
    const head = this.#head + (hasLength ? `Content-Length: ${file.bytes}\r\n` : "");
    if (!owner.fileOpened(this.#status, head, this.#flags, file.bytes)) {
      file.release();
      owner.fileSent();
      return;
    }
    this.#file = file;
    file.send(
      this.#target,
      (bytes) => owner.fileProgressed(bytes),
      (error) => {
        if (error === null) owner.fileSent();
        else owner.fileCut(`the file can't be sent to its end: ${error.message}`);
      },
    );
  }

  #refuse(fault: FileFault): void {
    const code = fault.kind === "missing" ? "sent-file-missing" : "sent-file-refused";
    const why = `the file that the application names can't be sent: ${fault.reason}`;
    this.#owner.fileNotOpened(code, why);
  }

  /** Nobody waits for it any more. */
  release(): void {
    this.#released = true;
    this.#file?.release();
  }
}
