/** What becomes of the beginning of a connection on which the PROXY protocol is spoken. */

export interface ProxyHeader {
  readonly kind: "header";
  /**
   * - `client`: the balancer has named its client; `address` is empty for one without an address.
   * - `balancer`: the connection is the balancer's own, such as a check of health.
   * - `unknown`: the balancer doesn't say whose it is.
   */
  readonly source: "client" | "balancer" | "unknown";
  readonly address: string;
  readonly port: string;
}

/** It is no header. `why` is for the log: words that go on after "because". */
export interface ProxyFault {
  readonly kind: "fault";
  readonly why: string;
}

export function proxyFault(why: string): ProxyFault {
  return { kind: "fault", why };
}
