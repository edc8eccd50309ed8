/**
 * From a request head to what a REQUEST frame carries (wire §4.2) beside the fragment, which is
 * made in `request-fields.ts`: the slots and the extra entries.
 */
import type { RequestHead } from "../http/request-head.ts";
import { decodePath } from "./path-info.ts";

/** What all requests of one listener share. */
export interface ListenerConstants {
  /** The id of the CONSTANTS frame, 1 to 65535. */
  readonly id: number;
  /** Key and value in turn. */
  readonly entries: readonly string[];
  readonly scheme: "http" | "https";
}

/** Where a listener is reached. */
export interface ListenerPlace {
  readonly serverName: string;
  readonly serverPort: number;
  readonly scheme: "http" | "https";
}

/** PEP 3333 "environ Variables": what is the same for all requests of a listener. */
export function listenerConstants(
  id: number,
  place: ListenerPlace,
  software: string,
): ListenerConstants {
  const entries = [
    "SERVER_SOFTWARE",
    software,
    "GATEWAY_INTERFACE",
    "CGI/1.1",
    "SERVER_NAME",
    place.serverName,
    "SERVER_PORT",
    String(place.serverPort),
    "SCRIPT_NAME",
    "",
    "wsgi.url_scheme",
    place.scheme,
  ];
  if (place.scheme === "https") entries.push("HTTPS", "on");
  return { id, entries, scheme: place.scheme };
}

/** The same for an application that is mounted below a path. */
export function mountedConstants(constants: ListenerConstants, mount: string): ListenerConstants {
  const entries = constants.entries.map((entry, index) =>
    constants.entries[index - 1] === "SCRIPT_NAME" && index % 2 === 1 ? mount : entry,
  );
  return { ...constants, entries };
}

/**
 * The slots of a request (wire §4.2), after `encodeFields`.
 * @param peerAddress - empty for a peer without one.
 */
export function requestSlots(head: RequestHead, peerAddress: string, peerPort: string): string {
  const { method, target, path, query } = head;
  const origin = head.fields.origin;
  const told = origin !== null && origin.address !== null;
  const remoteAddress = told ? origin.address : peerAddress;
  // The port of a proxy beside the address of a client would be nobody's.
  const remotePort = told ? origin.port : peerPort;
  // RFC 9110 §9.3.7: `OPTIONS *` is about the server; the URI that it means has no path at all.
  const pathInfo = path === "*" ? "" : decodePath(path);
  return `${method}\0${pathInfo}\0${query}\0${target}\0${remoteAddress}\0${remotePort}`;
}

/**
 * Entries that win over the fragment's, each preceded by NUL (wire §4.2 EXTRA); empty when there
 * are none.
 * @param collectedBytes - the length of a chunked body that is complete, else -1.
 * @param mount - where the application is mounted; the listener's constants have it, too.
 */
export function requestExtra(head: RequestHead, collectedBytes: number, mount = ""): string {
  let extra = "";
  // RFC 9112 §3.2.2: the target's authority replaces the Host field.
  const { host, origin } = head.fields;
  const isHidden = origin !== null && origin.host !== null;
  if (head.host !== null && head.host !== host && !isHidden) extra += `\0HTTP_HOST\0${head.host}`;
  // What a proxy has taken away comes before what is taken away here.
  if (origin !== null && origin.prefix !== null && mount !== "") {
    extra += `\0SCRIPT_NAME\0${decodePath(origin.prefix)}${mount}`;
  }
  // The application gets the real length, so that frameworks which look for one read the body.
  if (collectedBytes >= 0) extra += `\0CONTENT_LENGTH\0${collectedBytes}`;
  return extra;
}
