/** The two exchanges of HTTP/1.1. */
import type { Carrier } from "./carrier.ts";
import type { ExchangeMaker } from "./dispatch.ts";
import { Http1Exchange } from "./http1-exchange.ts";
import { Http1StaticExchange } from "./http1-static-exchange.ts";

export const HTTP1_EXCHANGES: ExchangeMaker<Carrier, Http1Exchange, Http1StaticExchange> = {
  serving: (connection, head) => new Http1Exchange(connection, head),
  sending: (connection, head, ask) => new Http1StaticExchange(connection, head, ask),
};
