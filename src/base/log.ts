/** Where parts of the server tell what happened. The implementation is in `log/`. */
export type LogLevel = "debug" | "info" | "warning" | "error" | "critical";

export interface Log {
  /** One entry; a text of several lines stays one entry. */
  write(level: LogLevel, text: string): void;
}
