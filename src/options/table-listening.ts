/** Settings of the addresses that are listened on. A part of `table.ts`. */
export const listeningSettings = {
  bind: {
    kind: "addresses",
    flags: ["--bind", "-b"],
    group: "Listening",
    valueName: "ADDRESS",
    default: "127.0.0.1:8000",
    repeatable: true,
    foreign: { name: "PORT", prefix: "0.0.0.0:" },
    doc: "Listen here: HOST:PORT, HOST, [IPv6]:PORT or unix:PATH. The flag may be repeated to listen on several addresses. HOST alone means port 8000, :PORT means every IPv4 interface, and with port 0 the system chooses one, which is then reported. When PORT is set in the environment and nothing else is said, the address is 0.0.0.0:$PORT.",
  },
  backlog: {
    kind: "count",
    flags: ["--backlog"],
    group: "Listening",
    valueName: "N",
    default: "2048",
    repeatable: false,
    foreign: null,
    min: 1,
    max: 65535,
    doc: "Connections that may wait in the system to be accepted. The system may cap it further (net.core.somaxconn on Linux).",
  },
} as const;
