// Another revision of our own, built beside the working tree so that both can be measured in turns.
// It lives in a temporary git worktree and leaves nothing behind.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A built revision. */
export interface Revision {
  /** Abbreviated commit id. */
  readonly commit: string;
  readonly root: string;
  remove(): void;
}

/**
 * Checks a revision out and builds it.
 *
 * @throws Error when git does not know it, or it does not build.
 */
export function buildRevision(root: string, name: string): Revision {
  const git = (...args: string[]): string => run("git", args, root).trim();
  const commit = git("rev-parse", "--short=12", "--verify", `${name}^{commit}`);
  const parent = mkdtempSync(join(tmpdir(), "wizgy-bench-"));
  const tree = join(parent, commit);
  const remove = (): void => {
    process.off("exit", remove);
    rmSync(parent, { recursive: true, force: true });
    git("worktree", "prune");
  };
  // Also when the bench is interrupted.
  process.once("exit", remove);
  try {
    git("worktree", "add", "--detach", tree, commit);
    installPackages(root, tree);
    compile(tree);
  } catch (error) {
    remove();
    throw error;
  }
  return { commit, root: tree, remove };
}

/** The packages of the working tree serve as they are when both revisions lock the same ones. */
function installPackages(root: string, tree: string): void {
  const installed = join(root, "node_modules");
  if (existsSync(installed) && lockOf(root) === lockOf(tree)) {
    cpSync(installed, join(tree, "node_modules"), { recursive: true, verbatimSymlinks: true });
  } else {
    run("npm", ["ci", "--include=dev", "--no-audit", "--no-fund"], tree);
  }
}

/** What runs is what counts: a revision whose tests don't compile can still be measured. */
function compile(tree: string): void {
  const tsc = join(tree, "node_modules", "typescript", "bin", "tsc");
  try {
    run(process.execPath, [tsc, "-p", "tsconfig.json", "--noEmitOnError", "false"], tree);
  } catch (error) {
    if (!existsSync(join(tree, "dist", "src", "cli.js"))) throw error;
  }
}

function lockOf(folder: string): string {
  return readFileSync(join(folder, "package-lock.json"), "utf8");
}

function run(command: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(command, args, {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    const what = [command, ...args].join(" ");
    throw new Error(`"${what}" failed:\n${stdout}${stderr}`.trim(), { cause: error });
  }
}
