/**
 * The front's end of a steward: a process with the rights of a site's user that finds Python and starts it,
 * because the front has given up the rights to do so. It is started while the front is root, gives up root
 * itself before anything else, and ends with the front. So nothing is left that is root.
 */
import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

import type { Settings } from "../options/settings.ts";
import type { Interpreter } from "../workers/interpreter.ts";
import { LinkServer } from "../workers/link-server.ts";
import { type LaunchOrder, RemoteLauncher } from "../workers/remote-launcher.ts";
import { type Place, type PlaceFault, findPlace } from "./place.ts";
import type { Rights } from "./rights.ts";
import type { PlanContext } from "./workforce-plan.ts";

/** Beside this file, compiled or not. */
const PROGRAM = fileURLToPath(
  new URL(`./steward-process${extname(import.meta.url)}`, import.meta.url),
);
const END_TIMEOUT_MS = 10_000;

/** To the steward. */
export type StewardOrder =
  | LaunchOrder
  /** First of all. The folder is removed at the end. */
  | { readonly order: "take"; readonly rights: Rights; readonly folder: string }
  | { readonly order: "find-place"; readonly settings: Settings };

/** Its answers to the two orders that have one. */
export type StewardAnswer =
  | { readonly answer: "taken"; readonly fault: string | null }
  | { readonly answer: "place"; readonly place: PlaceFault | Interpreter };

export class Steward {
  readonly #launcher: RemoteLauncher;
  /** Where the workers connect; nobody but the site's user, and root, can. */
  readonly linkServer: LinkServer;
  /** For the plan of workers: who starts them, and the variables that say who they are. */
  readonly context: Pick<PlanContext, "launcher" | "identity">;
  /** It has ended before it was to. */
  onLost: () => void = () => {};
  readonly #child: ChildProcess;
  #isEnding = false;
  readonly #ended: Promise<void>;
  #waiting: ((answer: Readonly<Record<string, unknown>> | null) => void)[] = [];

  private constructor(name: string, rights: Rights, linkServer: LinkServer) {
    const { account } = rights;
    const user = account?.name ?? String(account?.uid ?? "");
    this.linkServer = linkServer;
    const child = fork(PROGRAM, [name], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      execArgv: [],
      serialization: "json",
    });
    this.#child = child;
    this.#launcher = new RemoteLauncher((order) => this.#send(order));
    const identity = { HOME: account?.home ?? "/", USER: user, LOGNAME: user };
    this.context = { launcher: this.#launcher, identity };
    child.on("message", (message) => this.#hear(message));
    child.on("error", () => {}); // It can't be started, or told something: "exit" or "disconnect" follows.
    const gone = (): void => {
      this.#launcher.gone();
      for (const tell of this.#waiting.splice(0)) tell(null);
    };
    child.on("disconnect", gone);
    this.#ended = new Promise((resolve) => {
      child.on("exit", () => {
        gone();
        resolve();
        if (!this.#isEnding) this.onLost();
      });
    });
  }

  /**
   * Starts one. To be called as root.
   * @returns why it can't be.
   */
  static async open(name: string, rights: Rights): Promise<Steward | string> {
    const linkServer = new LinkServer();
    await linkServer.listen();
    linkServer.giveTo(rights.account?.uid ?? -1, rights.gid ?? -1);
    const steward = new Steward(name, rights, linkServer);
    const answer = await steward.#ask({ order: "take", rights, folder: linkServer.folder });
    if (answer !== null && answer["fault"] === null) return steward;
    await steward.end();
    const fault = answer?.["fault"];
    return typeof fault === "string" ? fault : "the process for it could not be started.";
  }

  /** As `findPlace` with the rights of the site. */
  async findPlace(settings: Settings): Promise<Place | PlaceFault> {
    const answer = await this.#ask({ order: "find-place", settings });
    const place = answer?.["place"] as PlaceFault | Interpreter | undefined;
    if (place?.kind === "fault") return place;
    if (place?.kind === "interpreter" && typeof place.path === "string") {
      return findPlace(settings, place);
    }
    const message = "The process with the rights of its user has ended. Restart the server.";
    return { kind: "fault", code: "worker-cannot-boot", message };
  }

  /** Resolves when it is gone, and all that it has started. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.linkServer.close();
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), END_TIMEOUT_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  #ask(order: StewardOrder): Promise<Readonly<Record<string, unknown>> | null> {
    return new Promise((resolve) => {
      if (!this.#child.connected) {
        resolve(null);
        return;
      }
      this.#waiting.push(resolve);
      this.#send(order);
    });
  }

  #send(order: StewardOrder): void {
    if (!this.#child.connected) return;
    // Networks of trusted peers are big integers, which JSON has not; nobody asks for them there.
    const text = JSON.stringify(order, (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
    this.#child.send(JSON.parse(text) as object, () => {});
  }

  #hear(message: unknown): void {
    if (typeof message !== "object" || message === null) return;
    if ("answer" in message) this.#waiting.shift()?.(message);
    else this.#launcher.hear(message);
  }
}
