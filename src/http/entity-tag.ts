/**
 * Entity tags (RFC 9110 §8.8.3) and the lists of them that conditional requests carry.
 *
 *     entity-tag = [ "W/" ] opaque-tag
 *     opaque-tag = DQUOTE *etagc DQUOTE
 *     etagc      = %x21 / %x23-7E / obs-text
 *
 * Tags are compared as texts, quotes included.
 */

/** More tags than that are not looked at. */
const MAX_TAGS = 256;

const ONE_TAG = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/;
// Sticky: what stands between two tags must be read, too. Commas and white space only.
const NEXT_TAG = /[\t ,]*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")(?=[\t ]*(?:,|$))/y;

export function isEntityTag(text: string): boolean {
  return ONE_TAG.test(text);
}

export function isWeak(tag: string): boolean {
  return tag.startsWith("W/");
}

/** RFC 9110 §8.8.3.2: equal, and neither of them weak. */
export function matchesStrongly(one: string, other: string): boolean {
  return one === other && !isWeak(one);
}

/** RFC 9110 §8.8.3.2: equal but for their weakness. */
export function matchesWeakly(one: string, other: string): boolean {
  return opaque(one) === opaque(other);
}

/**
 * Whether the value of If-Match or If-None-Match names the tag. What can't be read as a list of
 * tags names nothing from there on.
 * @param value - a list of tags, or `*`, which names every tag.
 */
export function namesTag(
  value: string,
  tag: string,
  matches: (one: string, other: string) => boolean,
): boolean {
  if (value.trim() === "*") return true;
  NEXT_TAG.lastIndex = 0;
  for (let count = 0; count < MAX_TAGS; count++) {
    const match = NEXT_TAG.exec(value);
    if (match === null) return false;
    if (matches(match[1] ?? "", tag)) return true;
  }
  return false;
}

function opaque(tag: string): string {
  return isWeak(tag) ? tag.slice(2) : tag;
}
