/** What a request for a file asks for in its fields. */
import { fieldValue } from "../http/field-value.ts";
import type { Conditions } from "../http/preconditions.ts";
import type { FieldBlock } from "../http/request-head.ts";

/** Values of the fields; null: absent. */
export interface Wishes extends Conditions {
  readonly range: string | null;
  readonly ifRange: string | null;
  readonly acceptEncoding: string | null;
}

/** Of a request that has none of the fields: most of them. */
const NO_WISHES: Wishes = {
  ifMatch: null,
  ifUnmodifiedSince: null,
  ifNoneMatch: null,
  ifModifiedSince: null,
  range: null,
  ifRange: null,
  acceptEncoding: null,
};

export function readWishes(fields: FieldBlock): Wishes {
  if (!fields.lowerNames.some(isWish)) return NO_WISHES;
  return {
    ifMatch: fieldValue(fields, "if-match"),
    ifUnmodifiedSince: fieldValue(fields, "if-unmodified-since"),
    ifNoneMatch: fieldValue(fields, "if-none-match"),
    ifModifiedSince: fieldValue(fields, "if-modified-since"),
    range: fieldValue(fields, "range"),
    ifRange: fieldValue(fields, "if-range"),
    acceptEncoding: fieldValue(fields, "accept-encoding"),
  };
}

function isWish(name: string): boolean {
  return name === "accept-encoding" || name === "range" || name.startsWith("if-");
}
