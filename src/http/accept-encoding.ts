/**
 * Choosing a content coding by Accept-Encoding (RFC 9110 §12.5.3).
 *
 *     Accept-Encoding = #( codings [ weight ] )
 *     codings         = content-coding / "identity" / "*"
 *     weight          = OWS ";" OWS "q=" qvalue
 */

/** A form that the content is there in. `coding` "": as it is (identity). */
export interface EncodedForm {
  readonly coding: string;
  readonly sizeBytes: number;
}

/** More than any client names; the rest of a longer list is not looked at. */
const MAX_CODINGS = 32;

const CODING = /^([!#$%&'*+\-.^_`|~0-9a-z]+)(?:[\t ]*;[\t ]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/;

/** What a client that does not speak of identity thinks of it: the last resort. */
const UNSPOKEN = 0.0001;

/**
 * The form to send: the one with the highest weight, among equals the smallest.
 *
 * Without the field the content goes out as it is: whoever says nothing may be a script that can't
 * decode. Where nothing is acceptable it goes out as it is, too, as §12.5.3 allows.
 *
 * @param value - of the field; null: absent.
 * @param forms - the first one is the content as it is.
 */
export function chooseForm<Form extends EncodedForm>(
  value: string | null,
  forms: readonly [Form, ...Form[]],
): Form {
  const identity = forms[0];
  if (value === null || forms.length === 1) return identity;
  const weights = readWeights(value);
  let best = identity;
  let bestWeight = weights.get("identity") ?? (weights.get("*") === 0 ? 0 : UNSPOKEN);
  for (const form of forms) {
    if (form.coding === "") continue;
    const weight = weights.get(form.coding) ?? weights.get("*") ?? 0;
    if (weight === 0 || weight < bestWeight) continue;
    if (weight > bestWeight || form.sizeBytes < best.sizeBytes) {
      best = form;
      bestWeight = weight;
    }
  }
  return best;
}

/** The weight of each coding that is named, in lower case. Malformed members name nothing. */
function readWeights(value: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const member of value.toLowerCase().split(",", MAX_CODINGS)) {
    const match = CODING.exec(member.trim());
    if (match === null) continue;
    const [, name = "", q] = match;
    // RFC 9110 §8.4.1.3: an old name of the same.
    weights.set(name === "x-gzip" ? "gzip" : name, q === undefined ? 1 : Number(q));
  }
  return weights;
}
