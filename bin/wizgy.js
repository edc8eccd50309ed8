#!/usr/bin/env node
import { existsSync } from "node:fs";

const cli = new URL("../dist/src/cli.js", import.meta.url);
if (existsSync(cli)) {
  const { main } = await import(cli.href);
  process.exit(await main(process.argv.slice(2), process.env));
}
process.stderr.write('wizgy: it is not built yet. Run "npm run build" first.\n');
process.exit(1);
