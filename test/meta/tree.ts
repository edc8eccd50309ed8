/**
 * The project's own files, as the meta tests read them. Paths are below the root and written with "/".
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The root folder: this file runs from dist/test/meta. */
export const root: string = fileURLToPath(new URL("../../../", import.meta.url));

/** The files below a folder with one of the endings, sorted. */
export function filesBelow(folder: string, ...endings: readonly string[]): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => `${folder}/${path.split(sep).join("/")}`)
    .toSorted();
}

/** The text of a file of the project. */
export function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** One alternative per kind of token, so that a quote in a comment or "//" in a string is not mistaken. */
const TOKEN = /\/\/[^\n]*|\/\*[^]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;

/** TypeScript source with its comments emptied; line breaks stay. */
export function withoutComments(source: string): string {
  return source.replace(TOKEN, (token) => (/^\/[/*]/.test(token) ? blank(token) : token));
}

/** TypeScript source with comments and the insides of strings emptied; line breaks stay. */
export function codeOnly(source: string): string {
  return source.replace(TOKEN, (token) =>
    /^\/[/*]/.test(token) ? blank(token) : `"${blank(token)}"`,
  );
}

/** The comments of a TypeScript source as running text, without their stars and slashes. */
export function commentsOf(source: string): string {
  const comments = [...source.matchAll(TOKEN)]
    .map(([token]) => token)
    .filter((t) => /^\/[/*]/.test(t));
  return comments.join("\n").replace(/\s*\n\s*(?:\*\/?|\/\/+|\/\*+)?\s*/g, " ");
}

/** The string literals of a TypeScript source, without their quotes. */
export function stringsOf(source: string): string[] {
  const literals = [...source.matchAll(TOKEN)].map(([token]) => token);
  return literals.filter((token) => !/^\/[/*]/.test(token)).map((token) => token.slice(1, -1));
}

function blank(token: string): string {
  return token.replace(/[^\n]/g, "");
}
