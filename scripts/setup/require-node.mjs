// Imported first by every command: says in one sentence that Node.js is too old, instead of failing on syntax later.
// Plain old syntax only, and nothing imported but Node's own modules, so that an old Node.js can get this far.
import { readFileSync } from "node:fs";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const needed = /(\d+)\.(\d+)/.exec(manifest.engines.node);
const [major, minor] = process.versions.node.split(".").map(Number);

if (major < Number(needed[1]) || (major === Number(needed[1]) && minor < Number(needed[2]))) {
  console.error(
    `Wizgy needs Node.js ${needed[1]}.${needed[2]} or newer; this is ${process.versions.node} (${process.execPath}).`,
  );
  process.exit(1);
}
