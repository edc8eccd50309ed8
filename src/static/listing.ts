/** The page that lists a folder: names, sizes, times; no script, nothing from elsewhere. */

export interface ListingEntry {
  /** As the file system has it: bytes as latin-1. */
  readonly name: string;
  readonly isFolder: boolean;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export interface Listing {
  /** The folder's path as the client asks for it: decoded bytes as latin-1, with a slash at both ends. */
  readonly path: string;
  readonly entries: readonly ListingEntry[];
  /** Whether it has a folder above it that is listed, too. */
  readonly hasParent: boolean;
  /** Whether there are more entries than are shown. */
  readonly isCut: boolean;
}

const STYLE = `
:root{color-scheme:light dark;--line:#8884;--soft:color-mix(in srgb,currentColor 60%,transparent)}
body{font:15px/1.6 system-ui,sans-serif;max-width:56rem;margin:0 auto;padding:2.5rem 1.25rem}
h1{font-size:1.25rem;font-weight:600;margin:0 0 1.25rem;overflow-wrap:anywhere}
h1 a{color:inherit}h1 span{color:var(--soft);font-weight:400}
table{border-collapse:collapse;width:100%}
th{font-weight:500;color:var(--soft);text-align:left;font-size:.8rem}
th,td{padding:.45rem .5rem;border-bottom:1px solid var(--line)}
td:first-child{overflow-wrap:anywhere;width:100%}
td:nth-child(n+2),th:nth-child(n+2){text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;color:var(--soft)}
tr:hover td{background:#8881}
a{text-decoration:none}a:hover{text-decoration:underline}
.folder a{font-weight:600}
p{color:var(--soft);font-size:.85rem}
@media(max-width:34rem){td:nth-child(3),th:nth-child(3){display:none}}
`.replaceAll("\n", "");

/** @returns HTML in UTF-8, its bytes as latin-1. */
export function renderListing(listing: Listing): string {
  const title = escapeHtml(shown(listing.path));
  const entries = listing.entries.toSorted(inOrder);
  const folders = entries.filter(({ isFolder }) => isFolder).length;
  const files = entries.length - folders;
  const parent = listing.hasParent ? `<tr class="folder"><td><a href="../">../</a><td><td>\n` : "";
  const count = [counted(folders, "folder"), counted(files, "file")].filter((part) => part !== "");
  const summary = count.length === 0 ? "This folder is empty." : `${count.join(", ")}.`;
  const html =
    `<!doctype html>\n<html lang="en"><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">` +
    `<title>${title}</title><style>${STYLE}</style>\n` +
    `<h1>${breadcrumbs(listing.path, listing.hasParent)}</h1>\n` +
    `<table><thead><tr><th>Name<th>Size<th>Changed (UTC)<tbody>\n` +
    `${parent}${entries.map(row).join("")}</table>\n` +
    `<p>${summary}${listing.isCut ? " There are more; they are not shown." : ""}</p>\n`;
  return Buffer.from(html, "utf8").toString("latin1");
}

function row({ name, isFolder, sizeBytes, modifiedMs }: ListingEntry): string {
  const slash = isFolder ? "/" : "";
  const kind = isFolder ? ` class="folder"` : "";
  const size = isFolder ? "" : `<span title="${sizeBytes} bytes">${shownSize(sizeBytes)}</span>`;
  const time = new Date(modifiedMs).toISOString().slice(0, 16).replace("T", " ");
  const link = `<a href="${encodeName(name)}${slash}">${escapeHtml(shown(name))}${slash}</a>`;
  return `<tr${kind}><td>${link}<td>${size}<td>${time}\n`;
}

/** The folder's path, each part a link to itself but the last; only what is listed is linked. */
function breadcrumbs(path: string, hasParent: boolean): string {
  const parts = path.split("/").filter((part) => part !== "");
  const text = parts.map((part, index) => {
    const name = escapeHtml(shown(part));
    if (index === parts.length - 1) return name;
    const up = "../".repeat(parts.length - 1 - index);
    return hasParent && index > 0 ? `<a href="${up}">${name}</a>` : `<span>${name}</span>`;
  });
  return `<span>/</span>${text.join(" <span>/</span> ")}`;
}

/** Folders first, then by name; numbers inside names count as numbers. */
function inOrder(one: ListingEntry, other: ListingEntry): number {
  if (one.isFolder !== other.isFolder) return one.isFolder ? -1 : 1;
  return COLLATOR.compare(shown(one.name), shown(other.name));
}

const COLLATOR = new Intl.Collator("en", { numeric: true });

const UNITS = ["KiB", "MiB", "GiB", "TiB"];

function shownSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let size = bytes;
  let unit = -1;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${UNITS[unit] ?? ""}`;
}

function counted(count: number, noun: string): string {
  return count === 0 ? "" : `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Bytes of a name as a text for people. */
function shown(name: string): string {
  return Buffer.from(name, "latin1").toString("utf8");
}

/** RFC 3986 §2.3: every byte but the unreserved ones is escaped, so a name is nothing but a name. */
export function encodeName(name: string): string {
  return name.replaceAll(
    /[^A-Za-z0-9\-._~]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For text and for attributes in quotes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => ESCAPES[char] ?? char);
}
