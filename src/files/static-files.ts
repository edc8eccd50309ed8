/**
 * Files in folders as answers: finds them, remembers what it found, and puts the answer together.
 *
 * What was found is believed for a second; then the file is looked at again, and all requests that
 * come meanwhile wait for that one look. So a change is seen within a second, and a hot file costs a
 * few system calls a second, however often it is asked for.
 */
import { randomBytes } from "node:crypto";

import type { Log } from "../base/log.ts";
import { chooseForm } from "../http/accept-encoding.ts";
import type { RequestHead } from "../http/request-head.ts";
import { type AnswerPlan, planAnswer } from "../static/answer-plan.ts";
import { renderListing } from "../static/listing.ts";
import { type StaticMount, type StaticPlace, joinMounts, placeOf } from "../static/mounts.ts";
import {
  type PageAnswer,
  answerMethod,
  htmlAnswer,
  plainAnswer,
  redirectToFolder,
} from "../static/page-answers.ts";
import type { RequestPath } from "../static/request-path.ts";
import { readWishes } from "../static/wishes.ts";
import { decodePath, encodePath } from "../gateway/path-info.ts";
import { EntryCache } from "./entry-cache.ts";
import type { FileFault } from "./file-fault.ts";
import { FileParts } from "./file-parts.ts";
import { MAX_LISTED } from "./folder-listing.ts";
import { loadMediaTypes } from "./media-type.ts";
import { type Found, type LookupOptions, lookUp } from "./mount-lookup.ts";
import type { FileEntry, FileForm } from "./static-entry.ts";
import type { OpenFile } from "./sendable-file.ts";

/** How long what was found is believed. */
const BELIEVED_MS = 1_000;
const SWEEP_MS = 5_000;
/** Each reason is told once; there may be more files that can't be read than anybody wants to hear of. */
const MAX_TOLD = 100;

/** Beside a mount's files: what is sent where there is none. */
const NOT_FOUND_PAGE: RequestPath = { kind: "path", relative: "404.html", isFolder: false };

/** See `listen/static-source.ts`. */
export interface StaticAnswer {
  readonly status: number;
  readonly head: string;
  readonly bytes: number;
  readonly text: string | null;
  readonly body: Buffer | null;
  readonly file: OpenFile | FileParts | null;
}

export class StaticFiles {
  readonly #options: LookupOptions;
  readonly #log: Log;
  readonly #siteMount: string;
  readonly #cache: EntryCache = new EntryCache();
  readonly #underWay: Map<string, Promise<Found>> = new Map();
  readonly #told: Set<string> = new Set();
  #mounts: readonly StaticMount[] = [];
  #boundaries = 0;
  readonly #boundaryStart: string = randomBytes(12).toString("hex");

  /** @param siteMount - what was taken from the paths before they came here: decoded, without a slash at its end. */
  constructor(options: LookupOptions, log: Log, siteMount = "") {
    this.#options = options;
    this.#log = log;
    this.#siteMount = siteMount;
    setInterval(() => this.#cache.sweep(Date.now()), SWEEP_MS).unref();
  }

  /** Replaces all mounts. */
  setMounts(mounts: readonly StaticMount[]): void {
    this.#mounts = joinMounts(mounts);
    if (mounts.length > 0) loadMediaTypes();
    this.#cache.clear();
  }

  match(path: string): StaticPlace | null {
    return placeOf(this.#mounts, path);
  }

  answer(
    place: StaticPlace,
    head: RequestHead,
    nowMs: number,
  ): StaticAnswer | Promise<StaticAnswer> {
    const page = answerMethod(head.method);
    if (page !== null) return pageAnswer(page);
    const { path, sent, mount } = place;
    if (path === "mount-without-slash")
      return pageAnswer(redirectToFolder(encodePath(this.#siteMount) + sent, head.query));
    if (path.kind === "unsafe") return this.#notFound(mount, nowMs);
    const known = this.#cache.get(sent, nowMs);
    if (known !== null && isBelieved(known, nowMs)) return this.#send(known, head, nowMs);
    return this.#find(place.sent, mount, path, nowMs)
      .then((found) => this.#answerFound(found, place, head, nowMs))
      .catch((error: unknown) => this.#broken(sent, error));
  }

  /** One look for all who want to know. */
  #find(key: string, mount: StaticMount, path: RequestPath, nowMs: number): Promise<Found> {
    let found = this.#underWay.get(key);
    if (found === undefined) {
      const before = this.#cache.get(key, nowMs);
      found = lookUp(mount, path, this.#options, before, nowMs).then((result) => {
        this.#underWay.delete(key);
        if (result.kind === "file") this.#cache.put(key, result.entry, nowMs);
        else this.#cache.drop(key);
        return result;
      });
      this.#underWay.set(key, found);
    }
    return found;
  }

  #answerFound(
    found: Found,
    { mount, sent }: StaticPlace,
    head: RequestHead,
    nowMs: number,
  ): StaticAnswer | Promise<StaticAnswer> {
    switch (found.kind) {
      case "file":
        return this.#send(found.entry, head, nowMs);
      case "folder":
        return pageAnswer(redirectToFolder(encodePath(this.#siteMount) + sent, head.query));
      case "listing": {
        const entries = found.entries.slice(0, MAX_LISTED);
        const below = decodePath(sent);
        const hasParent = below.length > mount.prefix.length;
        const path = this.#siteMount + below;
        const isCut = found.entries.length > MAX_LISTED;
        return pageAnswer(htmlAnswer(renderListing({ path, entries, hasParent, isCut })));
      }
      case "none":
        return this.#missing(found.fault, mount, sent, nowMs);
    }
  }

  #missing(
    fault: FileFault,
    mount: StaticMount,
    sent: string,
    nowMs: number,
  ): StaticAnswer | Promise<StaticAnswer> {
    if (fault.kind === "missing") return this.#notFound(mount, nowMs);
    this.#tell(`${sent.slice(0, 200)} is not sent: ${fault.reason}`);
    // What lies outside is as if it were not there.
    if (fault.kind === "refused") return this.#notFound(mount, nowMs);
    return pageAnswer(plainAnswer(/^E(?:ACCES|PERM)\b/.test(fault.reason) ? 403 : 500));
  }

  /** RFC 9110 §15.5.5, with the mount's own page where it has one. */
  async #notFound(mount: StaticMount, nowMs: number): Promise<StaticAnswer> {
    const key = `404 ${mount.prefix}`;
    const known = this.#cache.get(key, nowMs);
    let entry = known !== null && isBelieved(known, nowMs) ? known : null;
    if (entry === null) {
      const found = await this.#find(key, mount, NOT_FOUND_PAGE, nowMs);
      entry = found.kind === "file" ? found.entry : null;
    }
    const form = entry?.forms[0];
    if (form?.body === undefined || form.body === null) return pageAnswer(plainAnswer(404));
    return {
      status: 404,
      head:
        `404 Not Found\r\nContent-Type: ${form.representation.mediaType}\r\n` +
        `Content-Length: ${form.sizeBytes}\r\nX-Content-Type-Options: nosniff\r\n`,
      bytes: form.sizeBytes,
      text: form.text,
      body: form.text === null ? form.body : null,
      file: null,
    };
  }

  #send(entry: FileEntry, head: RequestHead, nowMs: number): StaticAnswer {
    const wishes = readWishes(head.fields);
    const form = chooseForm(wishes.acceptEncoding, entry.forms);
    const boundary = wishes.range === null ? "" : this.#boundary();
    const plan = planAnswer(head.method, wishes, form.representation, nowMs, boundary);
    return fulfil(plan, form, head.method);
  }

  #boundary(): string {
    return `${this.#boundaryStart}${(this.#boundaries++).toString(36)}`;
  }

  #broken(sent: string, error: unknown): StaticAnswer {
    const why = error instanceof Error ? error.message : String(error);
    this.#tell(`${sent.slice(0, 200)} can't be sent: ${why}`);
    return pageAnswer(plainAnswer(500));
  }

  #tell(text: string): void {
    if (this.#told.has(text) || this.#told.size >= MAX_TOLD) return;
    this.#told.add(text);
    this.#log.write("warning", `Static file ${text}. This is told once.`);
  }
}

function isBelieved(entry: FileEntry, nowMs: number): boolean {
  // The clock may be set back.
  return Math.abs(nowMs - entry.seenAtMs) < BELIEVED_MS;
}

/** Content of an answer as the plan wants it. */
function fulfil(plan: AnswerPlan, form: FileForm, method: string): StaticAnswer {
  const { status, head, bytes, content } = plan;
  const answer = { status, head, bytes, text: null, body: null, file: null };
  if (content.kind === "none" || bytes === 0 || method === "HEAD") return answer;
  const { body, text, descriptor } = form;
  if (content.kind === "range") {
    const { first } = content;
    if (text !== null) {
      return { ...answer, text: bytes === text.length ? text : text.slice(first, first + bytes) };
    }
    if (body !== null) return { ...answer, body: body.subarray(first, first + bytes) };
    return { ...answer, file: descriptor?.part(first, bytes) ?? null };
  }
  const { texts, ranges } = content;
  if (body === null) {
    if (descriptor === null) return answer;
    return { ...answer, file: new FileParts(descriptor.share(), texts, ranges, bytes) };
  }
  const pieces = texts.flatMap((between, index) => {
    const range = ranges[index];
    const piece = Buffer.from(between, "latin1");
    return range === undefined ? [piece] : [piece, body.subarray(range.first, range.last + 1)];
  });
  return { ...answer, body: Buffer.concat(pieces) };
}

function pageAnswer({ status, head, text }: PageAnswer): StaticAnswer {
  return { status, head, bytes: text.length, text, body: null, file: null };
}
