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
