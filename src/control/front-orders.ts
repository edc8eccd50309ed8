/** What the main process asks of a front, and what a front tells: one message each, on the channel that Node makes. */
import type { HandedSocket } from "./inheritance.ts";
import type { ReloadOutcome } from "./reloader.ts";
import type { StopWish } from "./signals.ts";
import type { Serving } from "./start-up.ts";

export type FrontOrder =
  | { readonly kind: "reload"; readonly id: number; readonly site: string | null }
  | { readonly kind: "resize"; readonly id: number; readonly difference: number }
  | { readonly kind: "look"; readonly id: number }
  | { readonly kind: "reopen" }
  | { readonly kind: "stop"; readonly wish: StopWish | "replaced"; readonly why: string };

export type FrontWord =
  | {
      readonly kind: "ready";
      readonly serving: Serving;
      /** What sends texts to systemd. */
      readonly python: string;
      /** Now that somebody has found out where they are. */
      readonly sockets: readonly HandedSocket[];
    }
  /** To the order with this id. */
  | { readonly kind: "reloaded"; readonly id: number; readonly outcome: ReloadOutcome }
  | { readonly kind: "resized"; readonly id: number; readonly workers: number }
  | { readonly kind: "looked"; readonly id: number; readonly canServe: boolean };

/** The answer to an order. */
export type FrontAnswer = Exclude<FrontWord, { readonly kind: "ready" }>;
