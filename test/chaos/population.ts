import { foreignSubscriptionId, minimumTls, type Subject, type SubjectKind, secureTransfer } from "./subjects.ts";
import type { ChaosWorld } from "./world.ts";

let placed = 0;

/** Puts a resource of this kind there, compliant, under a name that was never used before. */
export function placeSubject(world: ChaosWorld, kind: SubjectKind, subscription?: string): Subject {
  placed += 1;
  const id = kind.place(world.azure, `ship${placed}`, subscription);
  const subject = { kind, id, foreign: kind.foreign(world.azure, id), leftAlone: false, undone: false };
  world.subjects.push(subject);
  return subject;
}

/** Puts resources there that must not be written to, tells of them, and of one that is compliant and stays so. */
export function placeBystanders(world: ChaosWorld): void {
  const compliant = placeSubject(world, minimumTls);
  const outOfScope = placeSubject(world, minimumTls, foreignSubscriptionId);
  const guarded = placeSubject(world, secureTransfer);
  const { arm } = world.azure;
  arm.seed(`${guarded.id}/fileServices/default/shares/mounted`, { properties: { enabledProtocols: "NFS" } });
  for (const subject of [outOfScope, guarded]) subject.kind.break(world.azure, subject.id);
  for (const subject of [compliant, outOfScope, guarded]) {
    subject.leftAlone = true;
    world.announce(subject);
  }
}

/** Takes all resources away again, so that later sweeps find nothing of them, and what waits for a day to come. */
export async function removeSubjects({ azure, subjects, forgetWaits }: ChaosWorld): Promise<void> {
  for (const { id } of subjects.splice(0)) azure.arm.resources.delete(topLevelOf(id));
  await forgetWaits();
}

/** The server of a database, with its system database, which every sweep would look at. */
function topLevelOf(id: string): string {
  return id
    .split("/")
    .slice(0, "/subscriptions/id/resourceGroups/name/providers/namespace/type/name".split("/").length)
    .join("/");
}
