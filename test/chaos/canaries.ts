/** Secrets of the resources under test, and what else must be found nowhere in what the service keeps, says and answers. */
export const canaries = {
  accountKey: Buffer.from("canary of a storage key, which is as long as a real one").toString("base64"),
  sharedKey: "canary-shared-key-77c4",
  tag: "canary-tag-31d0",
  unknownProperty: "canary-unknown-property-90ab",
  personName: "Canary Person Of Chaos",
};

/** The names of the canaries in a text. */
export function findCanaries(text: string): string[] {
  return Object.entries(canaries)
    .filter(([, canary]) => text.includes(canary))
    .map(([name]) => name);
}
