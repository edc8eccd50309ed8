#!/usr/bin/env node
import { existsSync } from "node:fs";
import { basename } from "node:path";

const cli = new URL("../dist/src/cli.js", import.meta.url);
if (existsSync(cli)) {
  const { main } = await import(cli.href);
  const [, name = "", ...words] = process.argv;
  if (basename(name) === "gunicorn") words.unshift("--gunicorn-compat");
  process.exit(await main(words, process.env));
}
process.stderr.write('wizgy: it is not built yet. Run "npm run build" first.\n');
process.exit(1);
