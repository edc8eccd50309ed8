/**
 * The program of a steward (`steward.ts`): becomes the user of its site, then starts what it is told to. It ends
 * when the front does, and only then: signals from a terminal or a service manager are the front's to answer.
 */
import { rmSync } from "node:fs";

import { OWN_LAUNCHER } from "../workers/launcher.ts";
import { LaunchOrders } from "../workers/remote-launcher.ts";
import { findPlace } from "./place.ts";
import { takeRights } from "./rights.ts";
import type { StewardAnswer, StewardOrder } from "./steward.ts";

const SIGNALS = [
  "SIGINT",
  "SIGTERM",
  "SIGQUIT",
  "SIGHUP",
  "SIGUSR1",
  "SIGUSR2",
  "SIGTTIN",
  "SIGTTOU",
];
/** The nurseries end their workers first; what is left then is killed by nobody but the system. */
const HANG_UP_MS = 5_000;

process.title = `wizgy: steward of ${process.argv[2] ?? ""}`;
for (const signal of SIGNALS) process.on(signal, () => {});

const orders = new LaunchOrders(OWN_LAUNCHER, (news) => void process.send?.(news));
let folder: string | null = null;

process.on("message", (message) => obey(message as StewardOrder));
process.on("disconnect", () => {
  const late = setTimeout(leave, HANG_UP_MS);
  void orders.hangUp().then(() => {
    clearTimeout(late);
    leave();
  });
});

function obey(order: StewardOrder): void {
  switch (order.order) {
    case "take":
      folder = order.folder;
      tell({ answer: "taken", fault: takeRights(order.rights) });
      return;
    case "find-place":
      void findPlace(order.settings).then((place) => {
        tell({ answer: "place", place: place.kind === "fault" ? place : place.interpreter });
      });
      return;
    case "launch":
    case "say":
    case "hang-up":
    case "kill":
    case "kill-foreign":
      orders.obey(order);
  }
}

function tell(answer: StewardAnswer): void {
  process.send?.(answer);
}

function leave(): void {
  if (folder !== null) rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}
