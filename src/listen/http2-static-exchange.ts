/** The same as `http1-static-exchange.ts` on a stream of HTTP/2. */
import type { RequestHead } from "../http/request-head.ts";
import type { ResponseFraming } from "../http1/response-framing.ts";
import { fieldLines } from "../http2/answer-fields.ts";
import { type AskAnswer, Http1StaticExchange } from "./http1-static-exchange.ts";
import type { Http2Carrier } from "./http2-carrier.ts";
import type { StaticAnswer } from "./static-source.ts";

export class Http2StaticExchange extends Http1StaticExchange {
  readonly #stream: Http2Carrier;

  constructor(stream: Http2Carrier, head: RequestHead, ask: AskAnswer) {
    super(stream, head, ask);
    this.#stream = stream;
  }

  protected override sendHead(
    answer: StaticAnswer,
    lines: string,
    framing: ResponseFraming,
    text: string,
  ): void {
    const isLast = framing === "none" || answer.bytes === 0;
    this.#stream.sendHead(answer.status, fieldLines(answer.head) + lines, true, false, isLast);
    if (text !== "") this.#stream.socket.write(text, "latin1");
  }
}
