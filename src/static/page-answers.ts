/** Answers for paths of a mount where there is no file to send: heads as in `answer-plan.ts`. */
import { statusText } from "../http/status.ts";

/** A short answer, complete. `text`: its content, UTF-8 bytes as latin-1. */
export interface PageAnswer {
  readonly status: number;
  readonly head: string;
  readonly text: string;
}

/** RFC 9110 §10.2.1: the methods that files know. */
export const ALLOW = "Allow: GET, HEAD, OPTIONS\r\n";

/** RFC 9110 §15.5.6 for other methods, §9.3.7 for OPTIONS; null: the file is asked for. */
export function answerMethod(method: string): PageAnswer | null {
  if (method === "GET" || method === "HEAD") return null;
  if (method === "OPTIONS")
    return { status: 204, head: `${statusText(204)}\r\n${ALLOW}`, text: "" };
  return plainAnswer(405, ALLOW);
}

/** What a short answer says. */
export function plainText(status: number): string {
  return `${statusText(status)}\n`;
}

/** The status in words. */
export function plainAnswer(status: number, lines = ""): PageAnswer {
  const text = plainText(status);
  return {
    status,
    head:
      `${statusText(status)}\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${text.length}\r\n${lines}X-Content-Type-Options: nosniff\r\n`,
    text,
  };
}

/**
 * RFC 9110 §15.4.2: a folder is asked for without its slash.
 * @param sent - its path as it was sent; below a prefix, so it can't begin with two slashes.
 */
export function redirectToFolder(sent: string, query: string): PageAnswer {
  const location = `Location: ${sent}/${query === "" ? "" : `?${query}`}\r\n`;
  return plainAnswer(301, location);
}

/** A page made here: a listing. `html`: UTF-8 bytes as latin-1. */
export function htmlAnswer(html: string): PageAnswer {
  return {
    status: 200,
    head:
      `${statusText(200)}\r\nContent-Type: text/html; charset=utf-8\r\n` +
      `Content-Length: ${html.length}\r\nCache-Control: no-cache\r\n` +
      // Nothing on it is anybody else's, and names of files are written by anybody.
      `Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n` +
      `X-Content-Type-Options: nosniff\r\n`,
    text: html,
  };
}
