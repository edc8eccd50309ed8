/**
 * What a browser gets of `--reload`: a page with the traceback while new code can't be loaded, and a
 * script that loads a page again when something has changed. Loaded with the flag only.
 *
 * A traceback shows source and paths, so it is for who writes the code: a browser on this machine
 * that asks for this machine by a name that no other site can have. A request that a proxy has passed
 * on may come from anywhere; nobody but the application gets it.
 *
 * It stands before the static files: what it does not answer goes the usual way.
 */
import { randomBytes } from "node:crypto";

import { hostOf } from "../http/host.ts";
import type { RequestHead } from "../http/request-head.ts";
import type { StaticAnswer, StaticSource } from "../listen/static-source.ts";
import type { StaticPlace } from "../static/mounts.ts";
import { type PageAnswer, answerMethod, plainAnswer } from "../static/page-answers.ts";
import { SCRIPT, SCRIPT_PATH, STATE_PATH, faultPage, scriptTag, textAnswer } from "./fault-page.ts";
import type { ReloadOutcome } from "./reloader.ts";

/** How long a browser's question is kept open; shorter than what proxies and browsers allow. */
const HOLD_MS = 20_000;

/** Fields that a proxy adds: the request is somebody else's. */
const PASSED_ON = /^(?:forwarded|via|x-forwarded-.*|x-real-ip)$/;
const LOOPBACK_ADDRESS = /^(?:(?:::ffff:)?127\.\d+\.\d+\.\d+|::1)$/;
const LOCAL_HOST = /^(?:(?:[^.]+\.)*localhost\.?|127\.\d+\.\d+\.\d+|\[::1\])$/i;

const ASKED_STATE = placeNamed(STATE_PATH);
const ASKED_SCRIPT = placeNamed(SCRIPT_PATH);
const FAULT = placeNamed("fault");
const NOTHING_SERVES = placeNamed("nothing serves");

export class ReloadPages implements StaticSource {
  /** The static files behind it. */
  behind: StaticSource | null = null;
  readonly #run: string = randomBytes(4).toString("hex");
  #changes = 0;
  #fault: ReloadOutcome | null = null;
  /** Whether the application has ever been loaded. */
  #hasServed = true;
  #change: Promise<StaticAnswer> | null = null;
  #wake: () => void = () => {};
  #ended = false;

  readonly #siteMount: string;

  /** @param siteMount - what was taken from the paths before they came here, percent-encoded. */
  constructor(siteMount = "") {
    this.#siteMount = siteMount;
  }

  /** Names what is served now; another one after each reload, and in another run of the server. */
  get state(): string {
    return `${this.#run}-${this.#changes}`;
  }

  /** The application could not be loaded when the server started. */
  noteNotStarted(outcome: ReloadOutcome): void {
    this.#hasServed = false;
    this.note(outcome);
  }

  /** A reload has ended. */
  note(outcome: ReloadOutcome): void {
    this.#changes++;
    this.#fault = outcome.ok ? null : outcome;
    this.#hasServed ||= outcome.ok;
    this.#wake();
  }

  /** The server stops: nobody is kept waiting. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  match(
    path: string,
    head: RequestHead,
    peer: { readonly remoteAddress: string },
  ): StaticPlace | null {
    const isLocal = LOOPBACK_ADDRESS.test(peer.remoteAddress) && isForThisMachine(head);
    if (isLocal && path === STATE_PATH) return ASKED_STATE;
    if (isLocal && path === SCRIPT_PATH) return ASKED_SCRIPT;
    if (!this.#hasServed) return isLocal ? FAULT : NOTHING_SERVES;
    if (this.#fault !== null && isLocal && isNavigation(head)) return FAULT;
    return this.behind === null ? null : this.behind.match(path, head, peer);
  }

  /** Only for GET: to load a page again that was posted would post it again. */
  pageAddition(head: RequestHead, peer: { readonly remoteAddress: string }): Buffer | null {
    const isLocal = LOOPBACK_ADDRESS.test(peer.remoteAddress) && isForThisMachine(head);
    if (!isLocal || head.method !== "GET" || !isNavigation(head)) return null;
    return Buffer.from(scriptTag(this.state, this.#siteMount), "latin1");
  }

  answer(
    place: StaticPlace,
    head: RequestHead,
    nowMs: number,
  ): StaticAnswer | Promise<StaticAnswer> {
    switch (place) {
      case ASKED_STATE: {
        const isKnown = head.query === `of=${this.state}`;
        return isKnown && !this.#ended ? this.#nextState() : this.#stateAnswer();
      }
      case ASKED_SCRIPT:
        return whole(answerMethod(head.method) ?? textAnswer(200, "text/javascript", SCRIPT));
      case FAULT:
        return this.#faultAnswer();
      case NOTHING_SERVES:
        return whole(plainAnswer(503, "Retry-After: 1\r\nCache-Control: no-store\r\n"));
    }
    // What `match` gives is one of these, or comes from the static files.
    return this.behind?.answer(place, head, nowMs) ?? this.#faultAnswer();
  }

  #faultAnswer(): StaticAnswer {
    const { message, traceback } = this.#fault ?? { message: "", traceback: "" };
    // A fault may have been mended since `match`: the page asks, and loads itself again.
    return whole(
      faultPage(this.#hasServed ? 500 : 503, message, traceback, this.state, this.#siteMount),
    );
  }

  #stateAnswer(): StaticAnswer {
    return whole(textAnswer(200, "text/plain", this.state));
  }

  /** When something has changed, or after a while. One for all who wait. */
  #nextState(): Promise<StaticAnswer> {
    this.#change ??= new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake(), HOLD_MS);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = () => {};
        this.#change = null;
        resolve(this.#stateAnswer());
      };
    });
    return this.#change;
  }
}

function placeNamed(sent: string): StaticPlace {
  return { mount: { prefix: "", folders: [] }, sent, path: "mount-without-slash" };
}

function whole({ status, head, text }: PageAnswer): StaticAnswer {
  return { status, head, text, bytes: text.length, body: null, file: null };
}

/** Neither passed on by a proxy, nor under the name of a site that points its name at this machine. */
function isForThisMachine({ host, fields }: RequestHead): boolean {
  if (host === null || !LOCAL_HOST.test(hostOf(host))) return false;
  return !fields.lowerNames.some((name) => PASSED_ON.test(name));
}

/** Whether a browser wants to show the answer as a page; its scripts and pictures go on as they are. */
function isNavigation({ method, fields }: RequestHead): boolean {
  if (method !== "GET" && method !== "HEAD") return false;
  const destination = valueOf(fields, "sec-fetch-dest");
  if (destination !== null) return destination === "document";
  return valueOf(fields, "accept")?.includes("text/html") ?? false;
}

function valueOf(fields: RequestHead["fields"], name: string): string | null {
  const index = fields.lowerNames.indexOf(name);
  return index < 0 ? null : (fields.values[index] ?? null);
}
