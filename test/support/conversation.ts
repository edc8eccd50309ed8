/**
 * Golden conversations: Markdown files that a person can read and a test can run.
 *
 *     ## RFC 9112 §6.3: a body of exactly Content-Length bytes
 *
 *     A sentence that says why.
 *
 *     ```request
 *     POST /x HTTP/1.1\r\n
 *     Host: a\r\n
 *     Content-Length: 5\r\n
 *     \r\n
 *     hello
 *     ```
 *
 *     ```expect
 *     head POST /x HTTP/1.1
 *       framing content-length
 *     data 5
 *       text hello
 *     end
 *     ```
 *
 * request: the bytes, in US-ASCII. The line breaks of the Markdown file are layout and send
 * nothing. Escapes: `\r` `\n` `\t` `\\`, `\s` for a SP (needed at the end of a line), `\xHH` for a
 * byte, `\{N:text}` for text N times.
 *
 * expect: one event in each line. Events are `head METHOD TARGET VERSION`, `data BYTES` (pieces
 * that follow each other count as one), `end`, `fault STATUS CODE`, and `need-data` at the end
 * where the request isn't complete. Indented lines below an event say more about it and are
 * compared where they stand: below head `path`, `query`, `host`, `framing`, `field NAME: VALUE`,
 * `fields COUNT`, `continue` (waits for 100) and `close` (the connection ends after this request;
 * without it, it stays); below data `text`. Values use the escapes of the request.
 *
 * limits (optional block): lines of `name number`, which replace the default limits.
 *
 * Conversations that need a whole server (test/conformance/server) may have a block `settings`, the
 * words of its command line. Their events are `answer STATUS`, or `answer STATUS METHOD` where the
 * method decides; `cut`, an answer that has begun and is not completed; `end`, the connection ends.
 * Without `end` or `cut` the connection stays. Below an answer stand `environ KEY VALUE` (what the
 * application had, an absent value is an empty one), `text CONTENT`, and `without TEXT`: that is no
 * key of environ, and nowhere in the answer.
 */
import type { ParserLimits } from "../../src/http1/limits.ts";

/** An event of the log, with the details that were given. */
export interface ExpectedEvent {
  readonly event: string;
  readonly details: readonly string[];
}

export interface Conversation {
  readonly title: string;
  readonly reason: string;
  readonly request: Buffer;
  readonly expect: readonly ExpectedEvent[];
  readonly limits: Partial<ParserLimits>;
  readonly settings: readonly string[];
}

type Blocks = Map<string, string[]>;

/** Reads all conversations of a Markdown file; text before the first `##` is introduction. */
export function parseConversations(markdown: string): Conversation[] {
  const sections = markdown.split(/^## /m).slice(1);
  return sections.map(parseSection);
}

function parseSection(section: string): Conversation {
  const [title = "", ...lines] = section.split("\n");
  const blocks: Blocks = new Map();
  const reason: string[] = [];
  let open: string[] | null = null;
  for (const line of lines) {
    if (open !== null) {
      if (line === "```") open = null;
      else open.push(line);
    } else if (line.startsWith("```")) {
      open = [];
      blocks.set(line.slice(3), open);
    } else if (line !== "") {
      reason.push(line);
    }
  }
  if (open !== null) throw new Error(`"${title}": a block is not closed`);
  return {
    title,
    reason: reason.join(" "),
    request: Buffer.from(unescapeText(blockOf(blocks, "request", title).join("")), "latin1"),
    expect: parseExpect(blockOf(blocks, "expect", title)),
    limits: Object.fromEntries((blocks.get("limits") ?? []).map(parseLimit)),
    settings: (blocks.get("settings") ?? []).flatMap((line) => line.split(" ")),
  };
}

function blockOf(blocks: Blocks, name: string, title: string): string[] {
  const block = blocks.get(name);
  if (block === undefined) throw new Error(`"${title}": no block named ${name}`);
  return block;
}

function parseExpect(lines: readonly string[]): ExpectedEvent[] {
  const events: { event: string; details: string[] }[] = [];
  for (const line of lines) {
    if (line.startsWith("  ")) events.at(-1)!.details.push(unescapeText(line.slice(2)));
    else events.push({ event: unescapeText(line), details: [] });
  }
  return events;
}

function parseLimit(line: string): [string, number] {
  const [name = "", value = ""] = line.split(" ");
  return [name, Number(value)];
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  r: "\r",
  n: "\n",
  t: "\t",
  s: " ",
  "\\": "\\",
};

/** Replaces the escapes; an unknown one is an error, so that a slip can't pass for a vector. */
function unescapeText(text: string): string {
  return text.replaceAll(
    /\\(?:\{(\d+):([^}]*)\}|x([0-9A-Fa-f]{2})|(.?))/g,
    (escape, count?: string, repeated?: string, hex?: string, name?: string) => {
      if (count !== undefined) return unescapeText(repeated ?? "").repeat(Number(count));
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      const character = NAMED_ESCAPES[name ?? ""];
      if (character === undefined) throw new Error(`unknown escape ${escape}`);
      return character;
    },
  );
}
