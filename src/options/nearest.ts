/**
 * The name that was probably meant. Names are few and short, so the plain table of distances is
 * fast enough.
 */

/**
 * The candidate nearest to a word that is none of them, or null where nothing is near. A candidate
 * that starts with the word counts as near; otherwise at most a third of the letters may differ.
 */
export function nearestName(word: string, candidates: readonly string[]): string | null {
  // Longer than any name, and the table below grows with the square.
  if (word.length > 64) return null;
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (best !== null || word.length < 2) return best;
  return candidates.find((candidate) => candidate.startsWith(word)) ?? null;
}

/** Letters to insert, delete, replace or swap with their neighbour to get from one to the other. */
export function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let distance = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      );
      if (left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]) {
        distance = Math.min(distance, at(beforeLast, column - 2) + 1);
      }
      current.push(distance);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, right.length);
}

/** Infinity outside of the table: no way leads through there. */
function at(distances: readonly number[], column: number): number {
  return distances[column] ?? Infinity;
}
