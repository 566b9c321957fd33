import { expect, test } from "vitest";
import { openChain } from "../../../shared/journal/chain.ts";
import { entriesOf } from "../../../shared/journal/history.ts";
import { memoryAppendBlobs } from "../../support/memory-append-blobs.ts";

const group = "/subscriptions/s/resourceGroups/Guests";
const account = `${group}/providers/Microsoft.Storage/storageAccounts/polaris`;

/** A journal with these entries, a minute apart, in two chains by turns. Gives the ids of what is told about a subject. */
async function toldAbout(
  key: string,
  entries: readonly { kind: string; [name: string]: string }[],
): Promise<unknown[]> {
  const blobs = memoryAppendBlobs();
  const chains = [openChain(blobs, "03"), openChain(blobs, "01")];
  for (const [index, entry] of entries.entries()) {
    const at = `2026-11-23T08:${String(index).padStart(2, "0")}:00.000Z`;
    await chains[index % 2]?.append([{ id: `${index + 1}`, at, ...entry }]);
  }
  return (await entriesOf(blobs, { key })).map(({ id }) => id);
}

test("a resource's history is its entries from all chains, oldest first, whatever the case of its id", async () => {
  const entries = [
    { kind: "check", resourceId: account },
    { kind: "check", resourceId: `${account}2` },
    { kind: "check", resourceId: account.toUpperCase() },
    { kind: "check", resourceId: account },
  ];

  expect(await toldAbout(account.toLowerCase(), entries)).toEqual(["1", "3", "4"]);
});

test("an exemption of a scope is in the history of what the scope holds, and of the scope itself", async () => {
  const entries = [
    { kind: "exemption", resourceId: group },
    { kind: "exemption", resourceId: `${group}2` },
    { kind: "summary", resourceId: "/subscriptions/s" },
  ];

  expect(await toldAbout(account.toLowerCase(), entries)).toEqual(["1"]);
  expect(await toldAbout(group.toLowerCase(), entries)).toEqual(["1"]);
  expect(await toldAbout("/subscriptions/s", entries)).toEqual(["3"]);
});

test("the policy's history has what is told of the exemptions of its file, whatever they are about", async () => {
  const entries = [
    { kind: "policy-accepted", resourceId: "policy" },
    { kind: "exemption", resourceId: '{"tag":{"name":"where","value":"at-sea"}}', exemptionId: "policy-file-0a1b" },
    { kind: "exemption", resourceId: group, exemptionId: "1795399077313-9ec8bcd4" },
  ];

  expect(await toldAbout("policy", entries)).toEqual(["1", "2"]);
});

test("a resource's history has the calls that decided about its remediations, and no reading of them", async () => {
  const entries = [
    { kind: "call", resourceId: "/api/remediations/r-1/approve" },
    { kind: "remediation", remediationId: "r-1", resourceId: account },
    { kind: "call", resourceId: "/api/remediations/r-1" },
    { kind: "call", resourceId: "/api/remediations/r-2/undo" },
    { kind: "call", resourceId: "/api/exemptions" },
    { kind: "call", resourceId: "/api/remediations/r-1/undo" },
  ];

  expect(await toldAbout(account.toLowerCase(), entries)).toEqual(["1", "2", "6"]);
});

test("calls of all routes and the stop switch are a history of their own", async () => {
  const entries = [
    { kind: "call", resourceId: "/api/stop" },
    { kind: "switch", resourceId: "/api/stop" },
    { kind: "check", resourceId: account },
    { kind: "call", resourceId: "/api/remediations" },
  ];

  expect(await toldAbout("/api", entries)).toEqual(["1", "2", "4"]);
});

test("what happened to the policy file is a history of its own", async () => {
  const entries = [
    { kind: "policy-accepted", resourceId: "policy" },
    { kind: "check", resourceId: account },
    { kind: "policy-refused", resourceId: "policy" },
  ];

  expect(await toldAbout("policy", entries)).toEqual(["1", "3"]);
});
