/**
 * Whether a file's name holds a hash of its content, so that the name never stands for another
 * content: `base.5af66c1b1797.css` (Django's ManifestStaticFilesStorage), `main-8f3e2ab1.js`.
 *
 * A hash is a part of the name between `.` or `-`, of 8 to 64 hexadecimal digits in lower case, with
 * a digit and a letter among them: `report-20240101.pdf` and `app.facade.js` are none. The name must
 * begin before it and go on behind it. Who is mistaken for one would be kept by browsers for a year,
 * so what is in doubt is none.
 */
const HASHED = /[^.-][.-](?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,64}\.[^.]/;

/** @param name - the last segment of the path. */
export function hasHashedName(name: string): boolean {
  return HASHED.test(name);
}
