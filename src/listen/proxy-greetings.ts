/**
 * Connections that have to begin with a header of the PROXY protocol. It is read before anything else
 * is made of the connection, once, within the time that a head has. Who may not send one, or sends
 * something else, is disconnected without an answer: there is no client yet that could be answered.
 */
import type { Socket } from "node:net";

import { type TrustedPeers, isTrustedPeer } from "../base/trusted-peers.ts";
import { type ProxyVersions, ProxyHeaderReader } from "../proxy-protocol/header-reader.ts";
import { type Peer, peerOf, toldPeer } from "./peer.ts";
import type { ListenerView, Service } from "./service.ts";

/** Addresses whose first fault is told as a warning; later ones, and those of more, are for debugging. */
const MAX_WARNED = 100;
const NOTHING = Buffer.alloc(0);

/**
 * @param peer - null: there is no header, and the connection has ended.
 * @param rest - what has come behind the header.
 */
export type Greeted = (peer: Peer | null, rest: Buffer) => void;

export class ProxyGreetings {
  readonly #versions: ProxyVersions;
  readonly #allowed: TrustedPeers;
  readonly #warned: Set<string> = new Set();

  constructor(versions: ProxyVersions, allowed: TrustedPeers) {
    this.#versions = versions;
    this.#allowed = allowed;
  }

  /**
   * Reads the header.
   * @param accepted - paused, and so again when `greeted` is called.
   * @param greeted - called once.
   */
  read(accepted: Socket, service: Service, listener: ListenerView, greeted: Greeted): void {
    const peer = peerOf(accepted, service, listener);
    const reader = new ProxyHeaderReader(this.#versions);
    const finish = (): void => {
      clearTimeout(timer);
      accepted.off("data", onData).off("end", onEnd).off("close", onClose);
    };
    const refuse = (why: string): void => {
      this.#tell(peer.remoteAddress, why, service);
      accepted.destroy();
    };
    const onData = (chunk: Buffer): void => {
      const outcome = reader.receive(chunk);
      if (outcome === null) return;
      if (outcome.kind === "fault") {
        refuse(`its PROXY header is refused, because ${outcome.why}`);
        return;
      }
      finish();
      accepted.pause();
      const rest = chunk.subarray(reader.used);
      // Behind this event, so that the socket can be taken apart.
      process.nextTick(() => {
        greeted(accepted.destroyed ? null : toldPeer(outcome, peer, service), rest);
      });
    };
    const onEnd = (): void => {
      // Checks of health come and go without a word.
      if (reader.hasBegun) refuse("it stopped in its PROXY header");
      else accepted.destroy();
    };
    const onClose = (): void => {
      finish();
      greeted(null, NOTHING);
    };
    const timer = setTimeout(() => {
      refuse("its PROXY header did not come within --header-timeout");
    }, service.timeouts.headerMs);
    accepted.on("error", () => {}); // It may be gone at any time; "close" follows.
    accepted.on("close", onClose);
    if (!isTrustedPeer(this.#allowed, listener.isUnix ? null : peer.remoteAddress)) {
      refuse("it may not send a PROXY header (--proxy-allow-from)");
      return;
    }
    accepted.on("data", onData);
    accepted.on("end", onEnd);
    accepted.resume();
  }

  #tell(address: string, why: string, service: Service): void {
    const isNew = !this.#warned.has(address) && this.#warned.size < MAX_WARNED;
    if (isNew) this.#warned.add(address);
    const later = isNew ? " Later ones of it are told with --log-level debug." : "";
    service.log.write(
      isNew ? "warning" : "debug",
      `The connection of ${address || "a Unix socket"} is ended: ${why}.${later}`,
    );
  }
}
