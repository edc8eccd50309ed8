// Counts what passed, failed and was skipped, prints a line as each part ends, and the summary with its fixed last line.

/**
 * @typedef {{ name: string, reason: string }} Named a test by name, and why it failed or was skipped
 * @typedef {{ name: string, passed: number, failed: Named[], skipped: Named[], seconds: number }} Part
 *   one check, or the tests of one file
 */

export class Tally {
  #passed = 0;
  /** @type {Named[]} */
  #failed = [];
  /** @type {Named[]} */
  #skipped = [];

  /** @param {Part} part */
  add(part) {
    this.#passed += part.passed;
    const inPart = ({ name, reason }) => ({
      name: name === "" ? part.name : `${part.name}: ${name}`,
      reason,
    });
    this.#failed.push(...part.failed.map(inPart));
    this.#skipped.push(...part.skipped.map(inPart));

    const mark = part.failed.length > 0 ? "FAIL" : "ok  ";
    const counts = countLine(part.passed, part.failed.length, part.skipped.length);
    console.log(`${mark}  ${part.name}  (${counts}, ${part.seconds.toFixed(1)} s)`);
  }

  /** Prints the failures, the skips and the last line. Returns the exit code. */
  finish() {
    for (const { name, reason } of this.#failed) {
      console.log(`\nFAIL  ${name}\n${indent(reason)}`);
    }
    if (this.#skipped.length > 0) console.log("");
    for (const { name, reason } of this.#skipped) {
      console.log(`skip  ${name}${reason === "" ? "" : ` (${reason})`}`);
    }
    if (this.#passed + this.#failed.length === 0) {
      this.#failed.push({ name: "no test ran", reason: "" });
      console.log("\nFAIL  no test ran");
    }
    console.log(`\n${countLine(this.#passed, this.#failed.length, this.#skipped.length)}`);
    return this.#failed.length > 0 ? 1 : 0;
  }
}

/** A part made of one check: it passed when there is no reason against it. */
export function singleCheck(name, reason, seconds) {
  const failed = reason === null ? [] : [{ name: "", reason }];
  return { name, passed: reason === null ? 1 : 0, failed, skipped: [], seconds };
}

function countLine(passed, failed, skipped) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function indent(text) {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `      ${line}`)
    .join("\n");
}
