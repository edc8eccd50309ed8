/**
 * Finds the site that a request is for, where a listener has several. Who has one application never
 * comes here.
 */
import type { ErrorCode } from "../errors/catalogue.ts";
import { encodeFields } from "../gateway/request-fields.ts";
import type { RequestHead } from "../http/request-head.ts";
import type { SiteTable } from "../site/site-table.ts";
import type { Carrier } from "./carrier.ts";
import { type ServedSite, type Service, requestEntry } from "./service.ts";

export interface RoutedRequest {
  /** Its path is the one behind the mount of the site. */
  readonly head: RequestHead;
  readonly service: Service;
}

/** Null: the request is for no site; it was answered, and the exchange is over. */
export function routeRequest(
  carrier: Carrier,
  head: RequestHead,
  sites: SiteTable<ServedSite>,
): RoutedRequest | null {
  const { fields } = head;
  if (carrier.isTrusted && fields.environ === null) {
    // The host that the client has asked for may stand in what its proxy says.
    const { service, listener } = carrier;
    const fault = encodeFields(fields, listener.constants, service.fieldRules, carrier);
    if (fault !== null) return turnAway(carrier, head, fault, 400);
  }
  const found = sites.find(fields.origin?.host ?? head.host, head.path);
  // RFC 9110 §15.5.20: this server is not the one for that host.
  if (found === "unknown-host") return turnAway(carrier, head, found, 421);
  if (found === "unknown-path") return turnAway(carrier, head, found, 404);
  const { service } = found.site;
  if (found.path === head.path) return { head, service };
  return { head: { ...head, path: found.path }, service };
}

function turnAway(carrier: Carrier, head: RequestHead, code: ErrorCode, status: number): null {
  const { service, remoteAddress } = carrier;
  const address = head.fields.origin?.address ?? remoteAddress;
  const entry = { ...requestEntry(head), remoteAddress: address, status, bodyBytes: 0 };
  service.access?.({ ...entry, durationMs: 0, workerPid: 0, answerHead: "" });
  carrier.fail(code, "", head.method);
  return null;
}
