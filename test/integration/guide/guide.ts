/** The sections of docs/guide/instead-of-nginx.md and their examples, as they stand there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { projectRoot } from "../../support/server.ts";

export const guideText: string = readFileSync(
  join(projectRoot, "docs/guide/instead-of-nginx.md"),
  "utf8",
);

/** A heading with something that can be run below it. */
export interface Section {
  readonly heading: string;
  readonly nginx: string;
  /** The arguments of `wizgy`; [] when it is given by `toml` alone. */
  readonly args: readonly string[];
  /** What stands in `wizgy.toml`; "": there is none. */
  readonly toml: string;
}

export const sections: readonly Section[] = guideText
  .split(/^## /m)
  .slice(1)
  .flatMap((text) => {
    const heading = text.slice(0, text.indexOf("\n"));
    const nginx = block(text, "nginx");
    return nginx === ""
      ? []
      : [{ heading, nginx, args: words(block(text, "sh")), toml: block(text, "toml") }];
  });

function block(text: string, language: string): string {
  const found = [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))];
  if (found.length > 1) throw new Error(`two blocks of ${language}: ${text}`);
  return found[0]?.[1] ?? "";
}

/** The words behind `wizgy`, as a shell takes them. */
function words(command: string): string[] {
  const joined = command.replaceAll("\\\n", " ").trim();
  const found = [...joined.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
  if (found.length > 0 && found.shift() !== "wizgy") throw new Error(command);
  return found;
}
