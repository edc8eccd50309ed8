// docs/reference/gunicorn.md: each setting and hook of gunicorn, and what becomes of it, from the tables in src/options.

/** The page. */
export function renderGunicornPage(settings, hooks, table) {
  const rows = Object.entries(settings).map(([name, setting]) => {
    const { meaning } = setting;
    const own = "key" in meaning ? table[meaning.key].flags : [];
    const flags = meaning.kind === "same" ? own : setting.flags;
    const shown = flags.map((flag) => `\`${flag}\``).join(", ");
    const flagMeans = flags.length === 0 && "inFile" in setting ? "" : becomes(meaning, own);
    const inFile = "inFile" in setting ? `in the file: ${setting.inFile}` : "";
    const here = [flagMeans, inFile].filter((text) => text !== "").join("; ");
    return `| \`${name}\` | ${shown} | ${here} |\n`;
  });
  const hookRows = Object.entries(hooks).map(([name, meaning]) => {
    const how = { runs: "called", silent: "never called", refused: "refused" }[meaning.kind];
    return `| \`${name}\` | ${how}${"why" in meaning ? `: ${meaning.why}` : ""} |\n`;
  });
  return `# Settings of gunicorn

Made from \`src/options/gunicorn-settings.ts\` and \`gunicorn-hooks.ts\` by \`scripts/generate-docs.mjs\`. A test holds them against the list of settings in gunicorn itself.

What differs, and how files of gunicorn are read, is in [the guide](../guide/from-gunicorn.md). "The same" has the meaning that
[the settings](settings.md) describe. "Holds": it is so anyway. What is refused ends the start with the sentence that stands here.

## Settings

| in the Python file | flags | here |
| --- | --- | --- |
${rows.join("")}
## Hooks

| hook | here |
| --- | --- |
${hookRows.join("")}`;
}

function becomes(meaning, own) {
  switch (meaning.kind) {
    case "same":
      return "the same";
    case "gives":
      return `\`${own[0]} ${meaning.text}\``;
    case "holds": {
      const values = meaning.values?.map((value) => `\`${value}\``).join(" or ") ?? "";
      return values === "" ? `holds: ${meaning.why}` : `${values}; else refused: ${meaning.why}`;
    }
    default:
      return `refused: ${meaning.why}`;
  }
}
