/**
 * Pages for errors that the server answers in the application's place: `STATUS[,STATUS] FILE`. In the
 * file `{status}`, `{reason}` and `{request_id}` are filled in; none of them can hold markup.
 */
import { reasonPhrase } from "../http/status.ts";

export interface ErrorPageRule {
  /** A status such as "404", or a class such as "5xx". */
  readonly statuses: readonly string[];
  readonly file: string;
}

const STATUS = /^[45](?:\d\d|xx)$/;

/** The rule, or the end of a sentence that says what it takes. */
export function parseErrorPage(text: string): ErrorPageRule | string {
  const space = text.trim().search(/\s/);
  const statuses = text.trim().slice(0, Math.max(space, 0)).toLowerCase().split(",");
  const file = text
    .trim()
    .slice(space + 1)
    .trim();
  if (space < 0 || file === "") return 'STATUS[,STATUS] FILE, such as "404,5xx ./error.html"';
  if (statuses.every((status) => STATUS.test(status))) return { statuses, file };
  return "statuses from 400 to 599, or 4xx and 5xx, with commas between";
}

/** What is sent of a page. */
export interface ErrorContent {
  readonly mediaType: string;
  /** Bytes as latin-1. */
  readonly text: string;
}

/** @param pages - by status or class; texts are UTF-8 bytes as latin-1. */
export class ErrorPages {
  readonly #pages: ReadonlyMap<string, ErrorContent>;

  constructor(pages: ReadonlyMap<string, ErrorContent>) {
    this.#pages = pages;
  }

  /**
   * The page, filled in; null: there is none for this status. One for the very status comes before one for
   * its class.
   * @param requestId - "": the log knows the request by none.
   */
  render(status: number, requestId: string): ErrorContent | null {
    const page =
      this.#pages.get(String(status)) ?? this.#pages.get(`${Math.floor(status / 100)}xx`);
    if (page === undefined) return null;
    const values: Readonly<Record<string, string>> = {
      status: String(status),
      reason: reasonPhrase(status),
      request_id: requestId === "" ? "-" : requestId,
    };
    const text = page.text.replace(
      /\{(status|reason|request_id)\}/g,
      (_, name: string) => values[name] ?? "",
    );
    return { mediaType: page.mediaType, text };
  }
}
