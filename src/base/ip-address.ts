/**
 * IP addresses as eight groups of 16 bits, so that every spelling of an address is one value. An
 * IPv4 address is its IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2), which is also how the system
 * names IPv4 peers on a socket that takes both.
 *
 * Strict: four decimal numbers without leading zeros (which some programs read as octal), no
 * short forms, no zone.
 */

/** Eight groups, first one first. */
export type IpGroups = Uint16Array;

/** The longest text of an IPv6 address, with an IPv4 address as its tail. */
const MAX_TEXT_LENGTH = 45;

const GROUP = /^[0-9a-f]{1,4}$/i;
const OCTET = /^(?:0|[1-9]\d{0,2})$/;
const MAPPED = [0, 0, 0, 0, 0, 0xffff];

/** The address that `text` spells, or null when it is none. */
export function parseIpAddress(text: string): IpGroups | null {
  if (text.length > MAX_TEXT_LENGTH) return null;
  if (text.includes(":")) return parseIpv6(text);
  const tail = parseIpv4(text);
  return tail === null ? null : Uint16Array.of(...MAPPED, ...tail);
}

export function isIpv4(groups: IpGroups): boolean {
  return MAPPED.every((group, index) => groups[index] === group);
}

export function isSameAddress(one: IpGroups, other: IpGroups): boolean {
  return one.every((group, index) => group === other[index]);
}

/** RFC 4291 §2.2: groups in hexadecimal, `::` once for a run of zeros, IPv4 form at the end. */
function parseIpv6(text: string): IpGroups | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [left = "", right] = halves;
  const head = parseGroups(left, right === undefined);
  const tail = right === undefined ? [] : parseGroups(right, true);
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (right === undefined ? missing !== 0 : missing < 1) return null;
  return Uint16Array.of(...head, ...Array<number>(missing).fill(0), ...tail);
}

/** @param atEnd - whether the last group may be an IPv4 address. */
function parseGroups(text: string, atEnd: boolean): number[] | null {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (GROUP.test(part)) groups.push(Number.parseInt(part, 16));
    else {
      const tail = atEnd && index === parts.length - 1 ? parseIpv4(part) : null;
      if (tail === null) return null;
      groups.push(...tail);
    }
  }
  return groups;
}

function parseIpv4(text: string): [number, number] | null {
  const octets = text.split(".");
  if (octets.length !== 4) return null;
  const [a = 256, b = 256, c = 256, d = 256] = octets.map((octet) =>
    OCTET.test(octet) ? Number(octet) : 256,
  );
  if (Math.max(a, b, c, d) > 255) return null;
  return [a * 256 + b, c * 256 + d];
}

/** The address of 16 bytes, first one first. */
export function ipAddressOf(bytes: Uint8Array): IpGroups {
  return Uint16Array.from({ length: 8 }, (_, i) => bytes[2 * i]! * 256 + bytes[2 * i + 1]!);
}

/** RFC 5952 §4: lower case, no leading zeros, `::` for the first longest run of two zeros or more. */
export function renderIpAddress(groups: IpGroups): string {
  let [start, length] = [0, 1];
  for (let from = 0; from < 8; from++) {
    let to = from;
    while (to < 8 && groups[to] === 0) to++;
    if (to - from > length) [start, length] = [from, to - from];
  }
  const texts = [...groups].map((group) => group.toString(16));
  if (isIpv4(groups)) {
    const [high, low] = [groups[6]!, groups[7]!];
    return `::ffff:${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  }
  if (length < 2) return texts.join(":");
  return `${texts.slice(0, start).join(":")}::${texts.slice(start + length).join(":")}`;
}
