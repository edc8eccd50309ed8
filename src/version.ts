/** Written by scripts/generate-docs.mjs from package.json; change it there. */
export const VERSION = "0.1.0";
