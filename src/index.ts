/** The public API: serve an application from a Node.js program, with settings as the command has them. */
export { defaultSettings, type Settings } from "./options/settings.ts";
export { checkConfig, serve } from "./server.ts";
export { VERSION } from "./version.ts";
