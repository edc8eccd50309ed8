/**
 * The one line of a program's output that says most about why it failed: the last one that names an
 * error, or the last one that isn't empty. What follows an error is often a hint or a version.
 */
export function tellingLine(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const errors = lines.filter((line) => /error/i.test(line) && !line.startsWith("note:"));
  return errors.at(-1) ?? lines.findLast((line) => line !== "") ?? "no output";
}
