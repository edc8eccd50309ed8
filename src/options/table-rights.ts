/** Settings of whose rights the server and the application have. A part of `table.ts`. */
export const rightsSettings = {
  user: {
    kind: "text",
    flags: ["--user", "-u"],
    group: "Rights",
    valueName: "USER",
    default: null,
    repeatable: false,
    foreign: null,
    doc: "Become this user, by name or number, as soon as the addresses are taken. The server, the workers and all files they make are then the user's. It needs root to start with, and root can't be had again: that is tried before anything is served. The user's groups replace root's, and HOME, USER and LOGNAME are the user's.",
  },
  group: {
    kind: "text",
    flags: ["--group", "-g"],
    group: "Rights",
    valueName: "GROUP",
    default: null,
    repeatable: false,
    foreign: null,
    doc: "The group to run as, by name or number, instead of the user's own.",
  },
  umask: {
    kind: "file-mode",
    flags: ["--umask", "-m"],
    group: "Rights",
    valueName: "MASK",
    default: null,
    repeatable: false,
    foreign: null,
    doc: "The rights that files of the server and the application are made without, in octal, such as 027. Without it the one that the server was started with stays. Unix sockets have 666 without it, unless --unix-socket-mode says something else.",
  },
} as const;
