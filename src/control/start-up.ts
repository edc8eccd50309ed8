/** The block that is printed when the server is ready: what runs where, and what to type next. */

export interface StartUp {
  readonly version: string;
  readonly app: string;
  readonly python: string;
  /** Where that Python came from, in words. */
  readonly pythonOrigin: string;
  readonly workers: number;
  readonly threads: number;
  /** The settings file, or null where there is none. */
  readonly config: string | null;
  /** As rendered for people: `http://127.0.0.1:8000`, `unix:/run/x.sock`. */
  readonly addresses: readonly string[];
}

/** A few lines, the addresses last but one, each line on its own in the log. */
export function renderStartUp(startUp: StartUp): string {
  const { version, app, python, pythonOrigin, workers, threads, config, addresses } = startUp;
  const count = `${workers} ${workers === 1 ? "worker" : "workers"}`;
  const each = threads > 1 ? ` of ${threads} threads` : "";
  return [
    `wizgy ${version} is serving ${app}`,
    ...addresses.map((address) => `  at      ${address}`),
    `  python  ${python} (${pythonOrigin})`,
    `  with    ${count}${each}`,
    ...(config === null ? [] : [`  config  ${config}`]),
    "",
    tryIt(addresses[0] ?? ""),
    "Press Ctrl-C to stop. All options: wizgy --help",
  ].join("\n");
}

function tryIt(address: string): string {
  if (address.startsWith("unix:")) {
    return `Try: curl --unix-socket ${address.slice("unix:".length)} http://localhost/`;
  }
  // Every interface is no place to go to: not every system takes it for this machine.
  const own = address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
  return `Open ${own} in a browser, or: curl -i ${own}/`;
}
