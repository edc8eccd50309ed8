// `npm start`: see commands/start.mjs. Loaded after the check of the Node.js version, so that an old one says so.
import "./setup/require-node.mjs";
void import("./commands/start.mjs");
