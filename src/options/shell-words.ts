/** The words of a text as a shell takes them: spaces between, quotes and backslashes around what holds some. */

/** Null where a quote is not closed. */
export function shellWords(text: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote = "";
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index]!;
    const next = text[index + 1];
    const escapes = quote === "" || (quote === '"' && (next === '"' || next === "\\"));
    if (char === "\\" && escapes && next !== undefined) {
      word = (word ?? "") + next;
      index += 1;
    } else if (char === quote) {
      quote = "";
    } else if (quote === "" && (char === '"' || char === "'")) {
      quote = char;
      word ??= "";
    } else if (quote === "" && /\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? "") + char;
    }
  }
  if (quote !== "") return null;
  return word === null ? words : [...words, word];
}
