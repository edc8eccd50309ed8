/**
 * Reading an HTTP-date (RFC 9110 §5.6.7) in its three forms:
 *
 *     Sun, 06 Nov 1994 08:49:37 GMT     IMF-fixdate
 *     Sunday, 06-Nov-94 08:49:37 GMT    rfc850-date
 *     Sun Nov  6 08:49:37 1994          asctime-date
 *
 * A date that has none of them, or names a day that no calendar has, is none: `Date.parse` would
 * take a good deal more.
 */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_DAY = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)";
const MONTH = `(${MONTHS.join("|")})`;
const TIME = "(\\d\\d):(\\d\\d):(\\d\\d)";

const IMF_FIXDATE = new RegExp(`^${DAY}, (\\d\\d) ${MONTH} (\\d{4}) ${TIME} GMT$`);
const RFC850_DATE = new RegExp(`^${LONG_DAY}, (\\d\\d)-${MONTH}-(\\d\\d) ${TIME} GMT$`);
const ASCTIME_DATE = new RegExp(`^${DAY} ${MONTH} ([\\d ]\\d) ${TIME} (\\d{4})$`);

/** No date is longer; a field value may be. */
const MAX_LENGTH = 40;

/**
 * @param nowMs - decides the century of a year of two digits.
 * @returns milliseconds since the Unix epoch, or null.
 */
export function parseHttpDate(text: string, nowMs: number): number | null {
  if (text.length > MAX_LENGTH) return null;
  let match = IMF_FIXDATE.exec(text);
  if (match !== null) {
    const [, day, month, year, hour, minute, second] = match;
    return moment(Number(year), month, day, hour, minute, second);
  }
  match = RFC850_DATE.exec(text);
  if (match !== null) {
    const [, day, month, year, hour, minute, second] = match;
    return moment(fullYear(Number(year), nowMs), month, day, hour, minute, second);
  }
  match = ASCTIME_DATE.exec(text);
  if (match === null) return null;
  const [, month, day, hour, minute, second, year] = match;
  return moment(Number(year), month, day, hour, minute, second);
}

/** RFC 9110 §5.6.7: more than 50 years in the future means the past. */
function fullYear(twoDigits: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + twoDigits;
  return year > thisYear + 50 ? year - 100 : year;
}

function moment(
  year: number,
  monthName = "",
  dayText = "",
  hourText = "",
  minuteText = "",
  secondText = "",
): number | null {
  const month = MONTHS.indexOf(monthName);
  const [day, hour, minute, second] = [dayText, hourText, minuteText, secondText].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  // 60 is a leap second, which this clock does not have.
  if (hour > 23 || minute > 59 || second > 60) return null;
  const ms = Date.UTC(year, month, day, hour, minute, second);
  // Date.UTC takes 99 for 1999 and the 31st of February for a day in March.
  const date = new Date(Date.UTC(year, month, day));
  const isReal = date.getUTCFullYear() === year && date.getUTCDate() === day;
  return isReal ? ms : null;
}
