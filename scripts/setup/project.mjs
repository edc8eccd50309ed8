// Where things are, from the place of this file: the commands work from any directory.
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root folder. */
export const root = fileURLToPath(new URL("../../", import.meta.url)).replace(/[/\\]$/, "");

/** A path inside the project. */
export function inRoot(...parts) {
  return join(root, ...parts);
}

/** The bin script of an installed npm package, to be run by this Node.js and not by the first one on PATH. */
export function packageScript(...parts) {
  return inRoot("node_modules", ...parts);
}

/** What stops a command: a sentence for the person who ran it, without a stack. */
export class SetupFault extends Error {}
