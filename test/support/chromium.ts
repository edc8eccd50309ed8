/**
 * A headless Chromium of the system, driven over its DevTools protocol through a pair of pipes: no
 * port, no library, and it ends by itself when the pipes close. One for a test file; a tab for a test,
 * with cookies of its own.
 *
 * Where there is none, or it does not start (a container may forbid it), tests say so by `skip`.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";

import { projectRoot } from "./server.ts";

/** Far more than anything takes here; less than the minute after which a test file is ended. */
const BOUND_MS = 50_000;
const LOOK_EVERY_MS = 30;

/** Screenshots are kept here; git ignores it, and a build leaves it. */
const ARTEFACTS = join(projectRoot, "dist", "artefacts");

const FLAGS = [
  "--headless",
  "--no-sandbox", // Root can't have one, and what is shown is our own.
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-breakpad",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-extensions",
  "--disable-sync",
  "--no-default-browser-check",
  "--no-first-run",
  "--no-proxy-server",
  "--password-store=basic",
  "--window-size=1100,850",
  "--remote-debugging-pipe",
];

type Fields = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Fields;
  readonly result?: Fields;
  readonly error?: { readonly message: string };
}

interface Waiting {
  resolve(result: Fields): void;
  reject(error: Error): void;
}

/** Starts it, or says why not. */
export async function startChromium(): Promise<Chromium | string> {
  const program = ["chromium", "chromium-browser", "google-chrome"].find(
    (name) => spawnSync(name, ["--version"], { timeout: BOUND_MS }).status === 0,
  );
  if (program === undefined) return "there is no Chromium";
  const chromium = new Chromium(program);
  try {
    await chromium.send("Browser.getVersion");
    return chromium;
  } catch (error) {
    await chromium.close();
    return `Chromium does not start here: ${String(error)}`;
  }
}

export class Chromium {
  readonly #profile: string = mkdtempSync(join(tmpdir(), "wizgy-profile-"));
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;
  readonly #waiting: Map<number, Waiting> = new Map();
  readonly #tabs: Map<string, Tab> = new Map();
  #lastId = 0;
  #rest = "";

  constructor(program: string) {
    this.#child = spawn(program, [...FLAGS, `--user-data-dir=${this.#profile}`, "about:blank"], {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
      // With another locale it does not find files whose names go beyond ASCII; and what it leaves in
      // TMPDIR when it is ended goes with the profile.
      env: { ...process.env, LC_ALL: "C.UTF-8", TMPDIR: this.#profile },
      detached: true, // A process group, to be ended as one.
    });
    this.#child.on("error", () => {}); // "close" follows, or `send` runs into its bound.
    this.#gone = new Promise((resolve) => this.#child.once("close", resolve));
    void this.#gone.then(() => this.#failAll(new Error("Chromium has ended")));
    this.#commands.on("error", () => {}); // It has ended.
    const answers = this.#child.stdio[4] as Readable;
    answers.setEncoding("utf8").on("data", (text: string) => this.#receive(text));
  }

  /** A tab with a profile of its own. */
  async tab(): Promise<Tab> {
    const { browserContextId } = await this.send("Target.createBrowserContext");
    const { targetId } = await this.send("Target.createTarget", {
      url: "about:blank",
      browserContextId,
    });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const tab = new Tab(this, String(sessionId), String(browserContextId));
    this.#tabs.set(String(sessionId), tab);
    for (const domain of ["Page", "Runtime", "Network", "Log", "DOM"]) {
      await tab.send(`${domain}.enable`);
    }
    await tab.send("Security.setIgnoreCertificateErrors", { ignore: true });
    return tab;
  }

  /** One command of the protocol and its result. */
  send(method: string, params: Fields = {}, sessionId?: string): Promise<Fields> {
    const id = ++this.#lastId;
    const message = JSON.stringify({ id, method, params, sessionId });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`no answer to ${method}`));
      }, BOUND_MS);
      const settled = (): void => clearTimeout(timer);
      this.#waiting.set(id, {
        resolve: (result) => (settled(), resolve(result)),
        reject: (error) => (settled(), reject(error)),
      });
      this.#commands.write(`${message}\0`);
    });
  }

  async close(): Promise<void> {
    if (this.#child.pid !== undefined && this.#child.exitCode === null) {
      try {
        process.kill(-this.#child.pid, "SIGKILL");
      } catch {
        // It has ended just now.
      }
      await this.#gone;
    }
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }

  get #commands(): Writable {
    return this.#child.stdio[3] as Writable;
  }

  #receive(text: string): void {
    const messages = (this.#rest + text).split("\0");
    this.#rest = messages.pop() ?? "";
    for (const message of messages) this.#take(JSON.parse(message) as Message);
  }

  #take({ id, sessionId = "", method = "", params = {}, result = {}, error }: Message): void {
    if (id === undefined) {
      this.#tabs.get(sessionId)?.note(method, params);
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error.message));
  }

  #failAll(error: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

export class Tab {
  /** What its console and its network complain about. */
  readonly complaints: string[] = [];
  readonly #browser: Chromium;
  readonly #session: string;
  readonly #context: string;

  constructor(browser: Chromium, session: string, context: string) {
    this.#browser = browser;
    this.#session = session;
    this.#context = context;
  }

  send(method: string, params: Fields = {}): Promise<Fields> {
    return this.#browser.send(method, params, this.#session);
  }

  /** Goes there; resolves when the page begins to be shown. */
  async begin(url: string): Promise<void> {
    const { errorText } = await this.send("Page.navigate", { url });
    if (errorText !== undefined) throw new Error(`${url}: ${JSON.stringify(errorText)}`);
  }

  /** Goes there; resolves when the page is complete. */
  async open(url: string): Promise<void> {
    await this.begin(url);
    await this.until("document.readyState === 'complete'");
  }

  /** The value of an expression in the page, or what it resolves to. */
  async value(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as Fields)["value"];
  }

  /** Resolves when the expression is true, in this page or the one that follows it. */
  async until(expression: string): Promise<void> {
    const endMs = performance.now() + BOUND_MS;
    for (;;) {
      // Between two pages there is nothing that could be asked.
      if ((await this.value(expression).catch(() => false)) === true) return;
      if (performance.now() > endMs) {
        const text = await this.value("document.documentElement.outerHTML").catch(String);
        throw new Error(`not true: ${expression}\n${String(text)}`);
      }
      await wait(LOOK_EVERY_MS);
    }
  }

  /** Chooses files in an `<input type=file>`. */
  async choose(selector: string, files: readonly string[]): Promise<void> {
    const { root } = await this.send("DOM.getDocument");
    const { nodeId } = await this.send("DOM.querySelector", {
      nodeId: (root as Fields)["nodeId"],
      selector,
    });
    await this.send("DOM.setFileInputFiles", { nodeId, files });
  }

  /** Clicks what leads to a page with this title, and waits until that is complete. */
  async click(selector: string, title: string): Promise<void> {
    await this.value(`document.querySelector(${JSON.stringify(selector)}).click()`);
    await this.until(
      `document.title.startsWith(${JSON.stringify(title)}) && document.readyState === "complete"`,
    );
  }

  /** Keeps a picture of the page as an artefact of the tests; returns it. */
  async picture(name: string): Promise<Buffer> {
    const { data } = await this.send("Page.captureScreenshot", { format: "png" });
    const bytes = Buffer.from(String(data), "base64");
    mkdirSync(ARTEFACTS, { recursive: true });
    writeFileSync(join(ARTEFACTS, `${name}.png`), bytes);
    return bytes;
  }

  /** An event of the protocol. */
  note(method: string, params: Fields): void {
    if (method === "Log.entryAdded") this.complaints.push(JSON.stringify(params["entry"]));
    const isComplaint = method === "Runtime.exceptionThrown" || method === "Network.loadingFailed";
    if (isComplaint) this.complaints.push(JSON.stringify(params));
  }

  async close(): Promise<void> {
    await this.#browser.send("Target.disposeBrowserContext", { browserContextId: this.#context });
  }
}
