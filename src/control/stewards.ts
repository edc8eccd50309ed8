/** Which sites need a steward: those whose user is not the server's. */
import type { Settings } from "../options/settings.ts";
import { isRoot } from "./accounts.ts";
import { type Rights, type RightsFault, findRights } from "./rights.ts";
import { Steward } from "./steward.ts";

/** By the name of the site. */
export type Stewards = ReadonlyMap<string, Steward>;

/**
 * Starts them, as long as the front is root.
 * @param rights - that the server itself is going to have.
 */
export async function openStewards(
  settings: Settings,
  rights: Rights,
): Promise<Stewards | RightsFault> {
  const stewards = new Map<string, Steward>();
  for (const { name, place, settings: own } of settings.sites) {
    if (own.user === settings.user && own.group === settings.group) continue;
    const wanted = findRights(own);
    const wrong =
      wanted.kind === "fault" ? wanted.message : isRoot() ? whyNot(wanted, rights) : null;
    let fault = wrong;
    if (wrong === null && wanted.kind === "rights" && isRoot()) {
      const steward = await Steward.open(name, wanted);
      if (typeof steward === "string") fault = `user ${own.user}: ${steward}`;
      else stewards.set(name, steward);
    }
    if (fault !== null) {
      await endStewards(stewards);
      const code = wanted.kind === "fault" ? wanted.code : "cannot-change-user";
      return { kind: "fault", code, message: `${place}: site ${name}: ${fault}` };
    }
  }
  return stewards;
}

/** What speaks against it; null: nothing. */
function whyNot(wanted: Rights, server: Rights): string | null {
  if (wanted.account === null) return "a group of its own needs a user of its own.";
  if (wanted.account.uid === 0) return "a site's user can't be root.";
  if (server.account === null || server.account.uid === 0) {
    return "with a user of its own for a site the server needs one, too, so that it does not stay root: write user above the first [[site]].";
  }
  return null;
}

export async function endStewards(stewards: Stewards): Promise<void> {
  await Promise.all([...stewards.values()].map((steward) => steward.end()));
}
