/** Fields that answers get unless they have them: what the application says of itself counts. */

interface AddedField {
  /** Finds the field in a head. */
  readonly there: RegExp;
  readonly line: string;
}

export class AddedFields {
  readonly #fields: readonly AddedField[];

  /** @param fields - name and value. */
  constructor(fields: Readonly<Record<string, string>>) {
    this.#fields = Object.entries(fields).map(([name, value]) => ({
      there: new RegExp(`(?:^|\\r\\n)${name}:`, "i"),
      line: `${name}: ${value}\r\n`,
    }));
  }

  /**
   * The lines to add.
   * @param head - field lines, each with its CRLF; a status line may stand in front.
   */
  missingFrom(head: string): string {
    let lines = "";
    for (const { there, line } of this.#fields) if (!there.test(head)) lines += line;
    return lines;
  }
}

/**
 * What hardly ever does harm: a type is what it is said to be, no other site shows the page in a frame
 * or keeps a hold on its window, and others learn which site somebody came from and no more.
 */
export const SECURITY_FIELDS: Readonly<Record<string, string>> = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "SAMEORIGIN",
  "Referrer-Policy": "strict-origin-when-cross-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
};
