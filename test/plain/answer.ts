/** Plain twin of `http1/answer-text.ts` and `http/date.ts`: lines in a list, and the date anew for each answer. */
import type { HttpVersion } from "../../src/http/request-head.ts";
import type { ResponseFraming } from "../../src/http1/response-framing.ts";

export function dateLinePlainly(nowMs: number): string {
  return `Date: ${new Date(Math.floor(nowMs / 1000) * 1000).toUTCString()}\r\n`;
}

export function encodeAnswerHeadPlainly(
  head: string,
  dateLine: string,
  hasServer: boolean,
  version: HttpVersion,
  keepAlive: boolean,
  framing: ResponseFraming,
): string {
  const closes = !keepAlive || framing === "close";
  const lines = [
    ...`HTTP/1.1 ${head}${dateLine}`.split("\r\n").slice(0, -1),
    ...(hasServer ? [] : ["Server: wizgy"]),
    ...(framing === "chunked" ? ["Transfer-Encoding: chunked"] : []),
    ...(closes ? ["Connection: close"] : []),
    ...(!closes && version === 10 ? ["Connection: keep-alive"] : []),
  ];
  return lines.map((line) => `${line}\r\n`).join("") + "\r\n";
}
