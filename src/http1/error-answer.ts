/**
 * The one answer that a connection gets before it is closed for a fault, or when there is no
 * application to ask. It says the status and the request id, by which the log tells the rest; the
 * cause stays inside.
 */
import { reasonPhrase, statusText } from "../http/status.ts";
import { encodeAnswerHead } from "./answer-text.ts";

/** What an error answer depends on. */
export interface ErrorAnswer {
  readonly status: number;
  /** Shown to the client, so that a report can be found in the log; "" leaves it out. */
  readonly requestId: string;
  /** What is said in place of the status and the id; its text are bytes as latin-1. */
  readonly content?: { readonly mediaType: string; readonly text: string } | null;
  /** The ready Date field line; see `DateLine`. */
  readonly dateLine: string;
  /** More field lines, each with its CRLF, such as Retry-After; already checked. */
  readonly fieldLines?: string;
  /** Method of the request where it is known: the answer to HEAD has no body (RFC 9110 §9.3.2). */
  readonly method?: string;
}

/** Renders the complete answer, head and body, as latin-1 text. It ends the connection. */
export function encodeErrorAnswer(answer: ErrorAnswer): string {
  const { status, requestId, dateLine, fieldLines = "", method = "", content } = answer;
  const body = content?.text ?? errorText(status, requestId);
  const mediaType = content?.mediaType ?? "text/plain; charset=utf-8";
  const fields =
    `${statusText(status)}\r\nContent-Type: ${mediaType}\r\n${fieldLines}` +
    `Content-Length: ${body.length}\r\n`;
  const head = encodeAnswerHead(fields, dateLine, false, 11, false, "length");
  return method === "HEAD" ? head : head + body;
}

/** What a person reads of it. */
export function errorText(status: number, requestId: string): string {
  return `${status} ${reasonPhrase(status)}\n` + (requestId && `Request ID: ${requestId}\n`);
}
