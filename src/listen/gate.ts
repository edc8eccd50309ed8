/** What connections need of the rules for requests; `control/rules-gate.ts` has them. */
import type { RequestHead } from "../http/request-head.ts";
import type { Carrier } from "./carrier.ts";
import type { StaticAnswer } from "./static-source.ts";

/** What becomes of a request. */
export interface Admission {
  readonly kind: "admission";
  /** The request as it goes on. */
  readonly head: RequestHead;
  /** Entries for environ, each preceded by NUL (wire §4.2 EXTRA); usually none. */
  readonly environ: string;
  /** It is answered so, and goes nowhere; null: it goes on. */
  readonly answer: StaticAnswer | null;
}

export interface Gate {
  /** At once, unless a password has to be looked at. Never rejects. */
  admit(head: RequestHead, carrier: Carrier): Admission | Promise<Admission>;
}
