import { callsUnit } from "../../shared/journal/journal.ts";
import { remediationIdPattern } from "../../shared/journal/remediations.ts";
import { type ConfiguredScope, isManagementGroup, parseConfiguredScope } from "../../shared/policy/scopes.ts";
import { parseResourceId, type ResourceId } from "../../shared/resources/resource-id.ts";
import type { Argument } from "./command.ts";
import { UsageError } from "./output.ts";

/** A kind of word that commands take: how it is told of, and how it is read. */
interface Word<Value> {
  argument: Argument;
  /** Throws a UsageError that says what is wrong with it. */
  read(word: string | undefined): Value;
}

/** An ARM resource id. */
export const resourceWord: Word<ResourceId> = {
  argument: {
    name: "RESOURCE",
    meaning: "/subscriptions/GUID/resourceGroups/NAME/providers/NAMESPACE/TYPE/NAME",
  },
  read(word = "") {
    const id = parseResourceId(word);
    if (!id.ok) throw new UsageError(`${JSON.stringify(word)} is no resource id: ${id.reason}.`);
    return id.id;
  },
};

/** A subscription, a resource group in one, or a management group. */
export const scopeWord: Word<ConfiguredScope> = {
  argument: {
    name: "SCOPE",
    meaning:
      "/subscriptions/GUID, /subscriptions/GUID/resourceGroups/NAME, or /providers/Microsoft.Management/managementGroups/ID",
  },
  read(word = "") {
    const scope = parseConfiguredScope(word);
    if (!scope) {
      throw new UsageError(
        `${JSON.stringify(word)} is neither a subscription, nor a resource group, nor a management group.`,
      );
    }
    return scope;
  },
};

/** What journal entries can be about: a resource, a scope, the policy file, or the service as it is called; by its key. */
export const subjectWord: Word<{ key: string }> = {
  argument: {
    name: "RESOURCE|SCOPE|policy|calls",
    meaning: "a resource; a subscription or resource group; the policy file; or who called the service",
  },
  read(word = "") {
    if (word === "policy") return { key: "policy" };
    if (word === "calls") return { key: callsUnit };
    const id = parseResourceId(word);
    if (id.ok) return id.id;
    const scope = parseConfiguredScope(word);
    if (scope && !isManagementGroup(scope)) return { key: word.toLowerCase().replace(/\/$/, "") };
    throw new UsageError(
      `${JSON.stringify(word)} is neither a resource id (${id.reason}), nor a scope, nor "policy" or "calls".`,
    );
  },
};

/** The id of a remediation. */
export const remediationWord: Word<string> = {
  argument: { name: "ID", meaning: "the id of a remediation, as fix, journal show and notifications name it" },
  read(word = "") {
    if (remediationIdPattern.test(word)) return word;
    throw new UsageError(`${JSON.stringify(word)} is no id of a remediation, such as 1795399077313-9ec8bcd4.`);
  },
};
