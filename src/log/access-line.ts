/** A line of the access log in the combined format, and the parts that other formats share with it. */
import type { AccessEntry } from "../http/access-entry.ts";
import { hostOf } from "../http/host.ts";
import type { FieldBlock } from "../http/request-head.ts";

/** Everything a client could use to fake a line or drive a terminal. */
// eslint-disable-next-line no-control-regex -- the control characters are what is looked for
const UNSAFE = /["\\\u0000-\u001f\u007f-\u009f]/g;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `address - user [day/Mon/year:time zone] "METHOD target HTTP/x.y" status bytes "referer" "agent"` */
export function renderAccessLine(line: AccessEntry, date: Date): string {
  const version = (line.version / 10).toFixed(1);
  const request = `${escaped(line.method)} ${escaped(line.target)} HTTP/${version}`;
  const user = escaped(basicUser(line.fields)) || "-";
  return (
    `${line.remoteAddress || "-"} - ${user} [${clfTime(date)}] "${request}" ${line.status} ` +
    `${line.bodyBytes} "${escaped(line.referer) || "-"}" "${escaped(line.userAgent) || "-"}"\n`
  );
}

/** The same behind the host, without its port: for a server of several sites. */
export function renderSiteAccessLine(line: AccessEntry, date: Date): string {
  return `${hostName(line)} ${renderAccessLine(line, date)}`;
}

/** In lower case and without its port. */
export function hostName({ host }: AccessEntry): string {
  return escaped(hostOf(host).toLowerCase()) || "-";
}

/** Text of a client as it can stand between quotation marks. */
export function escaped(text: string): string {
  return text.replace(UNSAFE, (char) =>
    char === '"' || char === "\\"
      ? `\\${char}`
      : `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** `21/Nov/2026:10:00:00 +0100`, English months wherever it runs. */
export function clfTime(date: Date): string {
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  const day = `${two(date.getDate())}/${MONTHS[date.getMonth()]}/${date.getFullYear()}`;
  return `${day}:${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${zone}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** RFC 7617 §2: who the client says that it is. Nobody has looked whether that is true. */
export function basicUser(fields: FieldBlock | null): string {
  const index = fields?.lowerNames.indexOf("authorization") ?? -1;
  const match = /^basic +(\S+)/i.exec(fields?.values[index] ?? "");
  if (match === null) return "";
  return (
    Buffer.from(match[1] ?? "", "base64")
      .toString("latin1")
      .split(":")[0] ?? ""
  );
}
