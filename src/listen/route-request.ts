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

/** What carries requests for several sites, one after the other or just one. */
export interface RoutedCarrier extends Carrier {
  /** Of the site that the last request was for. */
  service: Service;
}

/**
 * Gives the carrier the service of the site.
 * @returns the head with the path behind the mount of the site. Null: the request is for no site; it was
 * answered, and the exchange is over.
 */
export function routeRequest(
  carrier: RoutedCarrier,
  head: RequestHead,
  sites: SiteTable<ServedSite>,
): RequestHead | null {
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
  carrier.service = found.site.service;
  return found.path === head.path ? head : { ...head, path: found.path };
}

function turnAway(carrier: Carrier, head: RequestHead, code: ErrorCode, status: number): null {
  const { service, remoteAddress } = carrier;
  const address = head.fields.origin?.address ?? remoteAddress;
  const entry = { ...requestEntry(head), remoteAddress: address, status, bodyBytes: 0 };
  service.access?.({ ...entry, durationMs: 0, workerPid: 0, answerHead: "" });
  carrier.fail(code, "", head.method);
  return null;
}
