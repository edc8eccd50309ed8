// `npm run bench:micro [-- NAME ...]`: builds what is stale and hands over to bench/micro/main.ts.
import "./setup/require-node.mjs";
import { command } from "./setup/command.mjs";
import { buildWhenStale } from "./setup/build.mjs";
import { installNodePackages } from "./setup/node-packages.mjs";
import { inRoot, root } from "./setup/project.mjs";
import { pathToFileURL } from "node:url";

await command(async () => {
  await installNodePackages();
  await buildWhenStale();
  const { main } = await import(pathToFileURL(inRoot("dist", "bench", "micro", "main.js")));
  process.exitCode = await main(process.argv.slice(2), root);
});
