/** The one answer of a listener that sends everybody on to where it is encrypted. */
import type { RequestHead } from "../http/request-head.ts";
import { secureLocation } from "../http/secure-location.ts";
import { encodeErrorAnswer } from "../http1/error-answer.ts";
import type { Carrier } from "./carrier.ts";
import { requestEntry } from "./service.ts";

/**
 * RFC 9110 §15.4.9: the same request again, at another place. The connection is to end with it.
 * @returns false: the client has named no host, and nothing was sent.
 */
export function sendRedirect(carrier: Carrier, head: RequestHead): boolean {
  const { service, remoteAddress, socket } = carrier;
  const location = secureLocation(head, carrier.listener.redirectPort);
  if (location === null) return false;
  const dateLine = service.dateLine.at(Date.now());
  const fieldLines = `Location: ${location}\r\n`;
  const { method } = head;
  const answer = { status: 308, requestId: "", dateLine, method, fieldLines };
  socket.write(encodeErrorAnswer(answer), "latin1");
  const entry = { ...requestEntry(head), remoteAddress, status: 308, bodyBytes: 0 };
  service.access?.({ ...entry, durationMs: 0, workerPid: 0, answerHead: "" });
  return true;
}
