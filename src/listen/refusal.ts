/** Errors that a connection answers in the application's place. */
import { type ErrorCode, errorCatalogue } from "../errors/catalogue.ts";
import { encodeErrorAnswer } from "../http1/error-answer.ts";
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
  const fieldLines = retry + listener.strictTransport;
  return encodeErrorAnswer({ status, requestId, dateLine, method, fieldLines });
}
