/**
 * The way of a request from its head to who answers it, the same for every version of HTTP:
 *
 *     site (route-request.ts) -> rules (gate.ts) -> files in folders, or the application
 *
 * Where there are neither several sites nor rules, the head is passed on as it is.
 */
import type { RequestHead } from "../http/request-head.ts";
import type { Exchange } from "./exchange.ts";
import type { Admission } from "./gate.ts";
import type { AskAnswer } from "./http1-static-exchange.ts";
import { type RoutedCarrier, routeRequest } from "./route-request.ts";

/** What may go on: the request alone where there are no rules. */
export type Admitted = RequestHead | Admission;

/** Null: it was answered already. */
export function admit(
  carrier: RoutedCarrier,
  asked: RequestHead,
): Admitted | Promise<Admission> | null {
  const { sites } = carrier.listener;
  const head = sites === null ? asked : routeRequest(carrier, asked, sites);
  if (head === null) return null;
  const { gate } = carrier.service;
  return gate === null ? head : gate.admit(head, carrier);
}

/** The exchanges of a version of HTTP. */
export interface ExchangeMaker<Maker, Serving extends Exchange, Sending> {
  serving(carrier: Maker, head: RequestHead): Serving;
  sending(carrier: Maker, head: RequestHead, ask: AskAnswer): Sending;
}

/** The exchange that answers. */
export function exchangeFor<Maker extends RoutedCarrier, Serving extends Exchange, Sending>(
  carrier: Maker,
  admitted: Admitted,
  maker: ExchangeMaker<Maker, Serving, Sending>,
): Serving | Sending {
  const isRuled = admitted.kind === "admission";
  if (isRuled && admitted.answer !== null) {
    const { answer } = admitted;
    return maker.sending(carrier, admitted.head, () => answer);
  }
  const head = isRuled ? admitted.head : admitted;
  const { staticFiles } = carrier.service;
  const place = staticFiles === null ? null : staticFiles.match(head.path, head, carrier);
  if (staticFiles !== null && place !== null) {
    return maker.sending(carrier, head, (nowMs) => staticFiles.answer(place, head, nowMs));
  }
  const exchange = maker.serving(carrier, head);
  if (isRuled) exchange.ruledEnviron = admitted.environ;
  if (staticFiles !== null) exchange.addition = staticFiles.pageAddition?.(head, carrier) ?? null;
  return exchange;
}
