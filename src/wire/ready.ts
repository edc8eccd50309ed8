/** What a READY frame says of the application's static files (wire §5.2). */
import { latin1Text } from "../base/latin1.ts";
import type { FrameReader } from "./frame-reader.ts";

/** One folder. */
export interface AnnouncedFolder {
  /** What the paths of URLs begin with; latin-1, one character for each byte. */
  readonly prefix: string;
  /** What the names of its files begin with below that; latin-1. */
  readonly below: string;
  /** In the bytes of the file system. */
  readonly folder: Buffer;
}

export interface StaticAnnouncement {
  /** For the log. */
  readonly note: string;
  readonly folders: readonly AnnouncedFolder[];
}

/**
 * Null: nothing is said. What is read stays valid when the frame's bytes are gone.
 * @throws RangeError when the worker breaks wire §5.2.
 */
export function readReady(frame: FrameReader): StaticAnnouncement | null {
  if (frame.start === frame.end) return null;
  const [note = "", ...texts] = latin1Text(frame.bytes, frame.start, frame.end).split("\0");
  if (texts.length % 3 !== 0) throw new RangeError("a READY with a part of a folder");
  const folders: AnnouncedFolder[] = [];
  for (let at = 0; at < texts.length; at += 3) {
    const [prefix = "", below = "", folder = ""] = texts.slice(at, at + 3);
    folders.push({ prefix, below, folder: Buffer.from(folder, "latin1") });
  }
  return { note: Buffer.from(note, "latin1").toString("utf8"), folders };
}
