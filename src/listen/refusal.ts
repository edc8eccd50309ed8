/** Errors that a connection answers in the application's place. */
import { type ErrorCode, errorCatalogue } from "../errors/catalogue.ts";
import { encodeErrorAnswer } from "../http1/error-answer.ts";
import { plainText } from "../static/page-answers.ts";
import type { ErrorPages } from "../access/error-pages.ts";
import type { StaticAnswer } from "./static-source.ts";
import type { Carrier } from "./carrier.ts";
import { retryAfterLine } from "./service.ts";

/**
 * Tells the log, unless it knows: the application's and the worker's faults were logged where they
 * were found, with the cause.
 * @returns the status that the client gets.
 */
export function tellRefusal(carrier: Carrier, code: ErrorCode, requestId: string): number {
  const { fault, level, status } = errorCatalogue[code];
  const shown = status ?? 500;
  if (fault === "peer" || fault === "server") {
    const id = requestId === "" ? "" : ` request=${requestId}`;
    const line = `${carrier.remoteAddress || "unix"}${id}: ${shown} ${code}`;
    carrier.service.log.write(level, line);
  }
  return shown;
}

/**
 * The whole answer as HTTP/1.1 has it; it ends the connection (RFC 9112 §9.6).
 * @param status - from `tellRefusal`.
 */
export function refusalText(
  { service, listener }: Carrier,
  status: number,
  requestId: string,
  method: string,
): string {
  const dateLine = service.dateLine.at(Date.now());
  // RFC 9110 §15.6.4: with a hint when to try again.
  const retry = status === 503 ? retryAfterLine(service.runner) : "";
  const added = service.addedFields?.missingFrom("") ?? "";
  const fieldLines = retry + listener.strictTransport + added;
  const content = service.errorPages?.render(status, requestId) ?? null;
  return encodeErrorAnswer({ status, requestId, dateLine, method, fieldLines, content });
}

/** An answer that says no more than its status, with the page for it. */
export function withErrorPage(answer: StaticAnswer, pages: ErrorPages): StaticAnswer {
  const { status, text } = answer;
  if (status < 400 || text !== plainText(status)) return answer;
  const page = pages.render(status, "");
  if (page === null) return answer;
  const head = answer.head
    .replace(/\r\nContent-Type:[^\r]*/i, `\r\nContent-Type: ${page.mediaType}`)
    .replace(/\r\nContent-Length:[^\r]*/i, `\r\nContent-Length: ${page.text.length}`);
  return { ...answer, head, text: page.text, bytes: page.text.length };
}
