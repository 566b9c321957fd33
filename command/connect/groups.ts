import type { AzureSide } from "./azure-side.ts";
import type { Step } from "./step.ts";
import { isOurs, ourTag } from "./topics.ts";

const version = "api-version=2021-04-01";
const pauseMilliseconds = 5000;
/** Ten minutes. */
const mostLooks = 120;

/** Makes the resource group where it is not there. An existing one is not altered, and not told of. */
export async function ensureGroup(
  azure: AzureSide,
  { resourceGroup: name, location, dryRun }: { resourceGroup: string; location: string; dryRun: boolean },
): Promise<Step[]> {
  if (await azure.ask("GET", pathOf(azure, name))) return [];
  if (dryRun) return [{ what: "resource group", name, did: "would be made" }];
  await azure.ask("PUT", pathOf(azure, name), { location, tags: { ...ourTag } });
  return [{ what: "resource group", name, did: "made" }];
}

/**
 * Takes a resource group away that `connect` made, where nothing else is in it, and waits until it is gone.
 * @param leaving what is in it still, and would be gone by now if this were no dry run.
 */
export async function removeGroup(
  azure: AzureSide,
  name: string,
  leaving: string | undefined,
  dryRun: boolean,
): Promise<Step[]> {
  const group = await azure.ask("GET", pathOf(azure, name));
  if (!group || !isOurs(group.tags)) return [];
  const listed = await azure.ask("GET", pathOf(azure, name, "/resources"));
  const resources = Array.isArray(listed?.value) ? listed.value : [];
  const others = resources.flatMap((each) =>
    typeof each === "object" &&
    each !== null &&
    "id" in each &&
    String(each.id).toLowerCase() !== leaving?.toLowerCase()
      ? [String(each.id)]
      : [],
  );
  if (others.length > 0) {
    return [{ what: "resource group", name, did: "stays", why: `others are in it: ${others.join(", ")}` }];
  }
  if (dryRun) return [{ what: "resource group", name, did: "would be removed" }];
  await azure.ask("DELETE", pathOf(azure, name));
  for (let look = 0; look < mostLooks; look += 1) {
    if (!(await azure.ask("GET", pathOf(azure, name)))) return [{ what: "resource group", name, did: "removed" }];
    await azure.wait(pauseMilliseconds);
  }
  throw new Error(`The resource group ${name} is still there after ten minutes.`);
}

function pathOf({ subscriptionId }: AzureSide, name: string, below = ""): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${encodeURIComponent(name)}${below}?${version}`;
}
