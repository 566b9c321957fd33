import type { DeclaredResource } from "../template/arm-template.ts";
import { isUnknown, memberAt, type Unknown, unknown, type Value, type ValueObject } from "../template/value.ts";
import type { WholeResource } from "./judge-declared.ts";

/** A declared resource that baselines concern, with the declaration of each of its parts. */
export interface Assembled {
  whole: WholeResource;
  /** The declaration of the resource, or of its part where the file has that alone. */
  declared: DeclaredResource;
  /** The declaration of a part, by its name. */
  parts: ReadonlyMap<string, DeclaredResource>;
  type: string;
  name: string;
}

const databaseType = "Microsoft.Sql/servers/databases";
/** A part that is a resource of its own, with its type below the database's. */
const encryptionPart = "transparentDataEncryption";
/** From this api-version on secure transfer is on in a new account (docs: "Require secure transfer"). */
const secureByDefaultSince = "2019-04-01";

/**
 * Puts the declared resources of a type together with their parts, and with what Azure sets in a new one where the file says nothing.
 * A part alone, of a resource that is there already, stands for that.
 */
export function assemble(type: string, declared: readonly DeclaredResource[]): Assembled[] {
  const own = declared.filter((each) => isOfType(each, type));
  if (type !== databaseType) return own.map((each) => whole(each, type, each.name, bodyOf(each)));
  const encryptions = declared.filter((each) => isOfType(each, `${type}/${encryptionPart}`));
  const withEncryption = own.map((each) => {
    const encryption = encryptions.find(({ name }) => parentOf(name) === each.name.toLowerCase());
    return whole(each, type, each.name, each.body, encryption ?? newDatabase(each));
  });
  const alone = encryptions.filter(({ name }) => !own.some((each) => each.name.toLowerCase() === parentOf(name)));
  return [
    ...withEncryption,
    ...alone.map((each) => whole(each, type, each.name.split("/").slice(0, -1).join("/"), {}, each)),
  ];
}

function whole(
  declared: DeclaredResource,
  type: string,
  name: string,
  body: ValueObject,
  encryption?: DeclaredResource | { body: Value },
): Assembled {
  const parts = encryption === undefined ? {} : { [encryptionPart]: encryption.body };
  const isDeclared = encryption !== undefined && "at" in encryption;
  return {
    whole: { id: idOf(type, name), body, parts },
    declared,
    parts: new Map(isDeclared ? [[encryptionPart, encryption]] : []),
    type,
    name,
  };
}

/** Secure transfer of a new account is on where an api-version since 2019 does not say otherwise. */
function bodyOf({ type, body, apiVersion }: DeclaredResource): ValueObject {
  if (type.toLowerCase() !== "microsoft.storage/storageaccounts" || apiVersion < secureByDefaultSince) return body;
  const { properties = {} } = body;
  const set = memberAt(body, ["properties", "supportsHttpsTrafficOnly"]);
  if (set !== undefined || isUnknown(properties) || typeof properties !== "object" || Array.isArray(properties))
    return body;
  return { ...body, properties: { ...properties, supportsHttpsTrafficOnly: true } };
}

/**
 * The encryption that a new database gets where the file says nothing: on, but for dedicated pools; a copy follows what it is copied from.
 * Sources: docs "Transparent data encryption for SQL Database, SQL Managed Instance and Azure Synapse Analytics"; Microsoft.Sql
 * Databases.json `createMode`.
 */
function newDatabase({ body }: DeclaredResource): { body: Value } {
  const createMode = memberAt(body, ["properties", "createMode"]) ?? "Default";
  const sku = memberAt(body, ["sku", "name"]) ?? "";
  const unsure: Unknown | undefined = [createMode, sku].find(isUnknown);
  if (unsure) return { body: unsure };
  if (createMode !== "Default") return { body: unknown(`what a database made by ${String(createMode)} inherits`) };
  const isPool = /^DW|^DataWarehouse/i.test(String(sku));
  return { body: { properties: { state: isPool ? "Disabled" : "Enabled" } } };
}

function isOfType({ type }: DeclaredResource, wanted: string): boolean {
  return type.toLowerCase() === wanted.toLowerCase();
}

function parentOf(name: string): string {
  return name.split("/").slice(0, -1).join("/").toLowerCase();
}

/** Baselines look at the last names of an id. */
function idOf(type: string, name: string): string {
  const [namespace, ...types] = type.split("/");
  const names = name.split("/");
  return `/providers/${namespace}/${types.map((each, index) => `${each}/${names[index] ?? ""}`).join("/")}`;
}
