// `npm run conformance [-- --target NAME ... | --all]`: builds what is stale and hands over to test/pep3333/conformance.ts,
// which tries the rules of PEP 3333 on our own server and on the ones named, and writes docs/conformance.md.
import "./setup/require-node.mjs";
import { command } from "./setup/command.mjs";
import { buildWhenStale } from "./setup/build.mjs";
import { installNodePackages } from "./setup/node-packages.mjs";
import { inRoot, root } from "./setup/project.mjs";
import { pathToFileURL } from "node:url";

await command(async () => {
  await installNodePackages();
  await buildWhenStale();
  const { main } = await import(pathToFileURL(inRoot("dist", "test", "pep3333", "conformance.js")));
  process.exitCode = await main(process.argv.slice(2), root, (line) => console.log(line));
});
