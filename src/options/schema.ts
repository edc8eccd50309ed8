/** The JSON schema of a settings file, made from the table, for editors. */
import type { ValueRow } from "./definition.ts";
import { valueRows } from "./settings.ts";
import { APP_KEY, fileKey } from "./settings-file.ts";
import { SITE_KEY } from "./site-tables.ts";

type Schema = Readonly<Record<string, unknown>>;

/** A schema of draft 2020-12 with one property for each setting. */
export function settingsSchema(): Schema {
  const properties: Record<string, Schema> = {
    $schema: { type: "string" },
    [APP_KEY]: {
      type: "string",
      description: 'The application, such as "mysite.wsgi" or "path/to/app.py:app".',
    },
  };
  for (const [key, row] of valueRows) {
    const name = fileKey(key, row);
    if (name === null) continue;
    properties[name] = { ...valueSchema(row), ...defaultOf(row), description: row.doc };
  }
  properties[SITE_KEY] = {
    type: "array",
    items: siteSchema(),
    description: "Several applications in one server: a table for each.",
  };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Settings of Wizgy",
    type: "object",
    properties,
    additionalProperties: false,
  };
}

/** What a site may have of its own; the defaults are those of the whole server. */
function siteSchema(): Schema {
  const text = { type: "string" };
  const properties: Record<string, Schema> = {
    [APP_KEY]: {
      ...text,
      description: "The application of the site; without it that of the whole file.",
    },
    name: { ...text, description: "What the log and wizgy reload call the site." },
    hosts: {
      anyOf: [text, { type: "array", items: text }],
      default: "*",
      description:
        "The hosts that are the site's: shop.example, *.shop.example for all names below it, or * for every host that no other site names.",
    },
    mount: {
      ...text,
      default: "/",
      description:
        "The beginning of the paths that are the site's, such as /shop. It becomes SCRIPT_NAME; of several that fit, the longest counts.",
    },
  };
  for (const [key, row] of valueRows) {
    const name = row.perSite === true ? fileKey(key, row) : null;
    if (name !== null) properties[name] = { ...valueSchema(row), description: row.doc };
  }
  return { type: "object", properties, additionalProperties: false };
}

function valueSchema(row: ValueRow): Schema {
  const text = { type: "string" };
  const texts = { anyOf: [text, { type: "array", items: text }] };
  switch (row.kind) {
    case "count":
      return { type: "integer", minimum: row.min, maximum: row.max };
    case "count-or-auto":
      return {
        anyOf: [
          { type: "integer", minimum: "zeroIsMax" in row ? 0 : row.min, maximum: row.max },
          { const: "auto" },
        ],
      };
    case "worker-count":
      return {
        anyOf: [
          { type: "integer", minimum: row.min, maximum: row.max },
          { const: "auto" },
          { type: "string", pattern: "^[0-9]{1,4}\\.\\.[0-9]{1,4}$" },
        ],
      };
    case "size":
      return {
        anyOf: [
          { type: "integer", minimum: "zeroIsMax" in row ? 0 : row.min, maximum: row.max },
          { type: "string", pattern: "^[0-9]{1,15}[kmgKMG]?$" },
        ],
      };
    case "seconds":
      return { type: "number", minimum: row.minMs / 1000 };
    case "switch":
      return { type: "boolean" };
    case "choice":
      return { enum: row.choices };
    case "file-mode":
      return { type: "string", pattern: "^(0|0o[0-7]{1,3}|0[0-7]{1,3}|[0-7]{3})$" };
    case "assignments":
      return { type: "object", additionalProperties: text };
    case "text":
    case "log-target":
      return row.repeatable ? texts : text;
    case "list":
    case "lines":
    case "peers":
    case "addresses":
    case "choices":
      return texts;
  }
}

/** As it would stand in the file. */
function defaultOf(row: ValueRow): Schema {
  if (row.default === null) return {};
  if (row.kind === "switch") return { default: row.default === "on" };
  const isNumber = row.kind === "count" || row.kind.includes("count") || row.kind === "seconds";
  return { default: isNumber && /^\d/.test(row.default) ? Number(row.default) : row.default };
}
