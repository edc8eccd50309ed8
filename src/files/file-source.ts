/** Files that are sent in place of an application's body: which may be, and how they are opened. */
import type { FileOffer } from "../wire/file-offer.ts";
import type { FileFault } from "./file-fault.ts";
import { openBelow, resolve } from "./open-below.ts";
import { openHanded } from "./open-handed.ts";
import { isFault, type OpenedDescriptor, systemFault } from "./open-regular.ts";
import { OpenFile } from "./sendable-file.ts";
import { placeOfRedirect, placeOfSendfile, type SendfileRoot } from "./sendfile-path.ts";

export class FileSource {
  readonly #roots: readonly SendfileRoot[];
  readonly #hasFolders: boolean;
  readonly #hasPrefixes: boolean;

  /** @param roots - without any the application's fields are left alone. */
  constructor(roots: readonly SendfileRoot[]) {
    this.#roots = roots;
    this.#hasFolders = roots.some(({ prefix }) => prefix === null);
    this.#hasPrefixes = roots.some(({ prefix }) => prefix !== null);
  }

  /** Whether the application's field of this kind is acted on. */
  actsOn(origin: "x-sendfile" | "x-accel-redirect"): boolean {
    return origin === "x-sendfile" ? this.#hasFolders : this.#hasPrefixes;
  }

  /** Opens what is offered, and sees that it may be sent. Never throws. */
  async open(offer: FileOffer): Promise<OpenFile | FileFault> {
    if (offer.origin !== "handed") return this.#openBelowRoot(offer.origin, offer.path);
    const { path, device, inode, offset, length } = offer;
    const opened = await openHanded({ path, device, inode, endBytes: offset + length });
    return isFault(opened) ? opened : new OpenFile(opened.fd, offset, length);
  }

  async #openBelowRoot(
    origin: "x-sendfile" | "x-accel-redirect",
    path: Buffer,
  ): Promise<OpenFile | FileFault> {
    const placeOf = origin === "x-sendfile" ? placeOfSendfile : placeOfRedirect;
    const place = placeOf(path.toString("latin1"), this.#roots);
    if (isFault(place)) return place;
    let opened: OpenedDescriptor | FileFault;
    try {
      // Each time anew: a deployment may exchange the folder that a link leads to.
      opened = await openBelow(place.path, await resolve(place.root.folder));
    } catch (error) {
      opened = systemFault(error as NodeJS.ErrnoException);
    }
    return isFault(opened) ? opened : new OpenFile(opened.fd, 0, opened.sizeBytes);
  }
}
