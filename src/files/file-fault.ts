/** Why a file can't be sent. "missing": it isn't there; "refused": it may not be sent; "failed": the system said no. */
export interface FileFault {
  readonly kind: "missing" | "refused" | "failed";
  /** For the log; clients don't see it. */
  readonly reason: string;
}
