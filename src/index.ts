/** The public API: start a server from settings, as the command does. */
export { main, type CommandOutput } from "./cli.ts";
export { VERSION } from "./version.ts";
