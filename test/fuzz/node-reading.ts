/**
 * The reading of Node's own parser, llhttp in its strict mode, through `node:http` and without a
 * socket. What `node:http` itself adds to the parser (the check for Host, the answer to Expect) is
 * switched off or listened past, and its limits are opened wide, so that only the parser speaks.
 *
 * No request is answered: the server then goes on parsing what follows, and nothing that belongs
 * to responses can cut a connection.
 */
import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";

import type { Reading, ReadRequest } from "./reading.ts";

/** Turns of the event loop after which everything that was parsed has been handed on. */
const SETTLING_TURNS = 2;

interface Unfinished {
  readonly request: IncomingMessage;
  readonly body: Buffer[];
  complete: boolean;
}

/** Reads one stream after the other. */
export class NodeReader {
  readonly #server: Server;
  #requests: Unfinished[] = [];
  #refusal: string | null = null;
  #leftHttp = false;

  constructor() {
    // 16 MiB: more than any generated head. 0: all field lines are listed.
    const server = createServer({
      insecureHTTPParser: false,
      requireHostHeader: false,
      maxHeaderSize: 16 * 1024 * 1024,
    });
    server.maxHeadersCount = 0;
    for (const event of ["request", "checkContinue", "checkExpectation"]) {
      server.on(event, (request: IncomingMessage) => this.#begin(request));
    }
    server.on("connect", (request: IncomingMessage) => {
      this.#begin(request);
      this.#leftHttp = true;
    });
    server.on("clientError", (error: NodeJS.ErrnoException & { reason?: string }) => {
      this.#refusal ??= `${error.code}: ${error.reason}`;
    });
    this.#server = server;
  }

  /** Reads a stream that comes in pieces. One at a time. */
  async read(pieces: readonly Buffer[]): Promise<Reading> {
    this.#requests = [];
    this.#refusal = null;
    this.#leftHttp = false;
    const connection = new Duplex({
      read() {},
      write: (_chunk, _encoding, done) => done(),
    });
    connection.on("error", () => {});
    this.#server.emit("connection", connection);
    for (const piece of pieces) connection.push(piece);
    for (let turn = 0; turn < SETTLING_TURNS; turn++) await nextTurn();
    const reading = this.#reading();
    connection.destroy();
    return reading;
  }

  #begin(request: IncomingMessage): void {
    // llhttp stops at such a request and starts anew with the next piece: that is not HTTP.
    if (this.#leftHttp) return;
    this.#leftHttp = asksUpgrade(request);
    const unfinished: Unfinished = { request, body: [], complete: false };
    this.#requests.push(unfinished);
    request.on("data", (piece: Buffer) => unfinished.body.push(piece));
    request.on("end", () => {
      unfinished.complete = true;
    });
    // Those that are cut off when the connection is destroyed.
    request.on("error", () => {});
  }

  #reading(): Reading {
    const requests = this.#requests.map(requestOf);
    return {
      requests,
      refusal: this.#refusal,
      closed: this.#refusal?.startsWith("HPE_CLOSED_CONNECTION") === true,
      leftHttp: this.#leftHttp,
    };
  }
}

function requestOf({ request, body, complete }: Unfinished): ReadRequest {
  const { rawHeaders } = request;
  const fields: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2)
    fields.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  return {
    method: request.method ?? "",
    target: request.url ?? "",
    version: request.httpVersion,
    fields,
    body: Buffer.concat(body).toString("latin1"),
    complete,
  };
}

/** Whether a request asks for another protocol; `node:http` has no taker for it here. */
function asksUpgrade({ headers }: IncomingMessage): boolean {
  const { upgrade, connection = "" } = headers;
  return upgrade !== undefined && connection.toLowerCase().includes("upgrade");
}
