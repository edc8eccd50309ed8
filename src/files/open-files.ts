/**
 * How many files are open for bodies and answers. A process has one table of descriptors, so there is
 * one count; connections leave room for it (`ConnectionCounts`).
 */
export const openFiles: { count: number } = { count: 0 };
