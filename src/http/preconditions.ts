/**
 * Conditional requests for a resource that exists in the order of RFC 9110 §13.2.2.
 * Values are the fields' own, null where a field is absent. Times are milliseconds since the Unix
 * epoch; a Last-Modified field has whole seconds, so times are compared in seconds.
 */
import { isEntityTag, matchesStrongly, matchesWeakly, namesTag } from "./entity-tag.ts";
import { parseHttpDate } from "./parse-date.ts";

/** What a conditional request asks about. */
export interface Validators {
  /** As it stands in the ETag field. */
  readonly etag: string;
  readonly lastModifiedMs: number;
}

/** The conditional fields of a request; null: absent. */
export interface Conditions {
  readonly ifMatch: string | null;
  readonly ifUnmodifiedSince: string | null;
  readonly ifNoneMatch: string | null;
  readonly ifModifiedSince: string | null;
}

/** "perform": answer as without conditions; the others are 304 and 412. */
export type Verdict = "perform" | "not-modified" | "precondition-failed";

/** RFC 9110 §13.2.2, for GET and HEAD. */
export function evaluate(conditions: Conditions, current: Validators, nowMs: number): Verdict {
  const { ifMatch, ifUnmodifiedSince, ifNoneMatch, ifModifiedSince } = conditions;
  if (ifMatch !== null) {
    // RFC 9110 §13.1.1: the strong comparison.
    if (!namesTag(ifMatch, current.etag, matchesStrongly)) return "precondition-failed";
  } else if (ifUnmodifiedSince !== null) {
    // RFC 9110 §13.1.4: a value that is no date is ignored.
    const since = parseHttpDate(ifUnmodifiedSince, nowMs);
    if (since !== null && isAfter(current.lastModifiedMs, since)) return "precondition-failed";
  }
  if (ifNoneMatch !== null) {
    // RFC 9110 §13.1.2: the weak comparison. If-Modified-Since then counts for nothing (§13.1.3).
    return namesTag(ifNoneMatch, current.etag, matchesWeakly) ? "not-modified" : "perform";
  }
  if (ifModifiedSince !== null) {
    const since = parseHttpDate(ifModifiedSince, nowMs);
    if (since !== null && !isAfter(current.lastModifiedMs, since)) return "not-modified";
  }
  return "perform";
}

/**
 * RFC 9110 §13.1.5: whether a Range beside this If-Range is acted on; else the whole is sent. A
 * date counts only where it is the very one that was sent, and old enough to be a strong validator.
 */
export function rangeApplies(ifRange: string | null, current: Validators, nowMs: number): boolean {
  if (ifRange === null) return true;
  if (isEntityTag(ifRange)) return matchesStrongly(ifRange, current.etag);
  const date = parseHttpDate(ifRange, nowMs);
  if (date === null) return false;
  // RFC 9110 §8.8.2.2: it may have changed again in the second that the date names.
  const isStrong = nowMs - current.lastModifiedMs >= 60_000;
  return isStrong && seconds(date) === seconds(current.lastModifiedMs);
}

function isAfter(oneMs: number, otherMs: number): boolean {
  return seconds(oneMs) > seconds(otherMs);
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
