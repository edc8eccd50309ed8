/** Reads the files of `--error-page`. */
import { readFileSync } from "node:fs";
import { extname, resolve } from "node:path";

import { type ErrorContent, ErrorPages, parseErrorPage } from "../access/error-pages.ts";
import type { Settings } from "../options/settings.ts";
import type { RuleFault } from "./rules-gate.ts";

/** A page that is larger was not meant. */
const MAX_PAGE_BYTES = 1024 * 1024;

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".htm": "text/html; charset=utf-8",
  ".json": "application/json",
  ".txt": "text/plain; charset=utf-8",
};

/**
 * Null: there are none.
 * @param cwd - where relative names of files count from.
 */
export function readErrorPages(settings: Settings, cwd: string): ErrorPages | RuleFault | null {
  if (settings.errorPage.length === 0) return null;
  const pages = new Map<string, ErrorContent>();
  for (const text of settings.errorPage) {
    const rule = parseErrorPage(text);
    const shown = `--error-page ${JSON.stringify(text)}`;
    if (typeof rule === "string") return { message: `${shown}: it takes ${rule}.` };
    const mediaType = MEDIA_TYPES[extname(rule.file).toLowerCase()];
    if (mediaType === undefined) {
      return { message: `${shown}: it takes a file that ends in .html, .txt or .json.` };
    }
    let bytes: Buffer;
    try {
      bytes = readFileSync(resolve(cwd, rule.file));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { message: `${shown}: this file can't be read (${reason}).` };
    }
    if (bytes.length > MAX_PAGE_BYTES) return { message: `${shown}: the file is too large.` };
    const page = { mediaType, text: bytes.toString("latin1") };
    for (const status of rule.statuses) if (!pages.has(status)) pages.set(status, page);
  }
  return new ErrorPages(pages);
}
