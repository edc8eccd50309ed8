/**
 * Runs bytes through a `RequestParser` and writes down what comes out, one entry for each event,
 * the same for every way of cutting the bytes: pieces of a body that follow each other are one.
 */
import type { RequestHead, RequestParser, Step } from "../../src/http1/request-parser.ts";

/** One event; `head` and `text` hold what a test may want to look at more closely. */
export interface LoggedEvent {
  /** As in the `expect` block of a conversation. */
  readonly event: string;
  readonly head: RequestHead | null;
  /** The body's bytes as latin-1 text. */
  readonly text: string;
}

/** Feeds the pieces one after the other and collects the events, until a fault or the end. */
export function logRequests(parser: RequestParser, pieces: Iterable<Buffer>): LoggedEvent[] {
  const log: LoggedEvent[] = [];
  for (const piece of pieces) {
    parser.receive(piece);
    drain(parser, log);
  }
  if (parser.state === "body" || parser.hasPartialHead) log.push(entry("need-data"));
  return log;
}

function drain(parser: RequestParser, log: LoggedEvent[]): void {
  for (;;) {
    const step = parser.next();
    if (step.kind === "need-data") return;
    if (step.kind === "fault" && log.at(-1)?.event.startsWith("fault") === true) return;
    if (step.kind === "paused") {
      parser.resume();
      // Still paused: that was the connection's last request.
      if (parser.state === "done") return;
    } else {
      append(log, step);
    }
  }
}

function append(log: LoggedEvent[], step: Exclude<Step, { kind: "need-data" | "paused" }>): void {
  switch (step.kind) {
    case "head": {
      const version = step.version === 11 ? "HTTP/1.1" : "HTTP/1.0";
      log.push({ ...entry(`head ${step.method} ${step.target} ${version}`), head: step });
      return;
    }
    case "data": {
      const before = log.at(-1)?.event.startsWith("data ") === true ? log.pop()!.text : "";
      const text = before + step.data.toString("latin1");
      log.push({ ...entry(`data ${text.length}`), text });
      return;
    }
    case "end":
      log.push(entry("end"));
      return;
    case "fault":
      log.push(entry(`fault ${step.status} ${step.code}`));
      return;
  }
}

function entry(event: string): LoggedEvent {
  return { event, head: null, text: "" };
}

/** All of it in pieces of `size` bytes. */
export function* piecesOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) {
    yield bytes.subarray(start, start + size);
  }
}
