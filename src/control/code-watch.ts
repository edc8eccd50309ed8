/**
 * Watches the files of an application while it is being written (`--reload`): code, templates and
 * settings. Says that something has changed, once for all that changes at about the same time.
 */
import { existsSync } from "node:fs";
import { basename, extname, join, relative } from "node:path";

import { type FSWatcher, watch } from "chokidar";

/** An editor that saves several files, and git, need less. */
const GATHER_MS = 100;

/** Not of what applications write while they run: data in text, JSON or databases. */
const ENDINGS: ReadonlySet<string> = new Set([
  ".py",
  ".wsgi",
  ".html",
  ".htm",
  ".jinja",
  ".jinja2",
  ".j2",
  ".mako",
  ".mustache",
  ".tmpl",
  ".tpl",
  ".toml",
]);

export class CodeWatch {
  readonly #watcher: FSWatcher;
  readonly #folder: string;
  readonly #extra: readonly string[];
  #changed: Set<string> = new Set();
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param extra - files and folders of which every file counts.
   * @param onChange - names below the first folder where they are there, else paths.
   */
  constructor(
    folders: readonly string[],
    extra: readonly string[],
    onChange: (names: readonly string[]) => void,
    onError: (error: Error) => void,
  ) {
    this.#folder = folders[0] ?? "";
    this.#extra = extra;
    const ignored = (path: string): boolean => !this.#isExtra(path) && isForeign(path);
    this.#watcher = watch([...folders, ...extra], { ignoreInitial: true, ignored });
    this.#watcher.on("all", (_, path) => {
      if (!ENDINGS.has(extname(path)) && !this.#isExtra(path)) return;
      this.#changed.add(path);
      this.#timer ??= setTimeout(() => {
        this.#timer = null;
        const names = [...this.#changed].map((changed) => this.#nameOf(changed));
        this.#changed = new Set();
        onChange(names);
      }, GATHER_MS);
    });
    this.#watcher.on("error", (error) =>
      onError(error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** Resolves when changes are seen. */
  ready(): Promise<void> {
    return new Promise((resolve) => this.#watcher.once("ready", resolve));
  }

  async end(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#watcher.close();
  }

  #isExtra(path: string): boolean {
    return this.#extra.some((named) => path === named || path.startsWith(`${named}/`));
  }

  #nameOf(path: string): string {
    const name = relative(this.#folder, path);
    return name.startsWith("..") ? path : name;
  }
}

/** What is not the application's own: large, and rarely changed by hand. */
function isForeign(path: string): boolean {
  const name = basename(path);
  if (name.startsWith(".") && name.length > 1) return true;
  if (name === "node_modules" || name === "__pycache__") return true;
  // A virtual environment, whatever it is called.
  return extname(name) === "" && existsSync(join(path, "pyvenv.cfg"));
}
