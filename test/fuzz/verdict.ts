/**
 * Compares two readings of the same bytes. "agree" is all that needs no explanation:
 * the same requests with the same content, and where one reader refused, the other did too or had
 * not got that far.
 *
 * A reader that still waits for the rest of a head or of a body has accepted nothing that the
 * other one refused. It counts as agreement: which of two refuses a broken request first is no
 * difference in what is accepted.
 */
import type { Reading, ReadRequest } from "./reading.ts";

/** What two readings of one stream amount to. */
export type Verdict =
  | { readonly kind: "agree" }
  /** We refuse what Node's parser takes. */
  | { readonly kind: "we-refuse"; readonly refusal: string }
  /** We take what Node's parser refuses; `request` is the one that it doesn't take. */
  | { readonly kind: "node-refuses"; readonly refusal: string; readonly request: ReadRequest }
  /** Both take it and it isn't the same. */
  | { readonly kind: "differ"; readonly what: string; readonly request: ReadRequest };

const AGREE: Verdict = Object.freeze({ kind: "agree" });

export function compareReadings(ours: Reading, nodes: Reading): Verdict {
  const both = Math.min(ours.requests.length, nodes.requests.length);
  for (let i = 0; i < both; i++) {
    const verdict = compareRequests(ours.requests[i]!, nodes.requests[i]!, ours, nodes);
    if (verdict !== null) return verdict;
  }
  const more = ours.requests[both];
  if (more !== undefined) {
    if (nodes.refusal !== null) return nodeRefuses(nodes.refusal, more);
    return differ("Node's parser waits", more);
  }
  const others = nodes.requests[both];
  if (others === undefined) return AGREE;
  if (ours.refusal === null) return differ(ours.closed ? "we close before" : "we wait", others);
  // Node's parser hands on a head before it looks at the framing: that is no acceptance yet.
  if (nodes.refusal !== null && !others.complete) return AGREE;
  return { kind: "we-refuse", refusal: ours.refusal };
}

/** null: nothing to tell about this request. */
function compareRequests(
  our: ReadRequest,
  node: ReadRequest,
  ours: Reading,
  nodes: Reading,
): Verdict | null {
  if (our.method !== node.method) return differ("method", our);
  if (our.target !== node.target) return differ("target", our);
  if (our.version !== node.version) return differ("version", our);
  if (our.fields.join("\n") !== node.fields.join("\n")) return differ("fields", our);
  if (nodes.leftHttp && node === nodes.requests.at(-1))
    return differ("Node's parser leaves HTTP", our);
  if (our.complete && node.complete) return our.body === node.body ? null : differ("body", our);
  // From here on at least one of them is at its end.
  if (!our.body.startsWith(node.body) && !node.body.startsWith(our.body))
    return differ("body", our);
  if (our.complete !== node.complete) {
    if (node.complete && ours.refusal !== null) return { kind: "we-refuse", refusal: ours.refusal };
    if (our.complete && nodes.refusal !== null) return nodeRefuses(nodes.refusal, our);
    return differ("end of the body", our);
  }
  // Both are in the body. Refusals can come apart here only by how far each one got.
  if (nodes.refusal !== null && ours.refusal === null) return nodeRefuses(nodes.refusal, our);
  if (ours.refusal === null && our.body !== node.body) return differ("body so far", our);
  return null;
}

function nodeRefuses(refusal: string, request: ReadRequest): Verdict {
  return { kind: "node-refuses", refusal, request };
}

function differ(what: string, request: ReadRequest): Verdict {
  return { kind: "differ", what, request };
}
