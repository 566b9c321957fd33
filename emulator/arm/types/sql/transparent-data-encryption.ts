import { type JsonObject, objectAt, textAt } from "../../json.ts";
import { parentId } from "../../resource-id.ts";
import type { PlanContext, ResourceType, WritePlan } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { used } from "./auto-pause.ts";
import { type EncryptionState, encryptionOf, encryptionType, encryptionWith } from "./encryption-state.ts";
import { isSqlErrorCode, type SqlErrorCode, sqlError } from "./errors.ts";
import { startOperation } from "./operation.ts";
import { sqlApiVersions } from "./server.ts";

/**
 * TDE of a database (recording sql-tde): 202 and 31 s each way, the new state only at the end. Any use of it wakes a
 * paused serverless database. At api-version 2014-04-01 the property is `status`, and a PUT is no long operation
 * (swagger of that version). Not in Resource Graph.
 */
export const transparentDataEncryption: ResourceType = {
  name: encryptionType,
  level: "resourceGroup",
  apiVersions: sqlApiVersions,
  notFound: () => sqlError("InvalidTransparentDataEncryptionName"),
  implicit: ({ name, parent, store }) =>
    parent && name.toLowerCase() === "current" ? encryptionWith(parent.id, encryptionOf(store, parent)) : undefined,
  list: (scope, { store }) => {
    const database = store.get(scope);
    return database ? [encryptionWith(database.id, encryptionOf(store, database))] : [];
  },
  read,
  put,
  touch: used,
  seed,
};

function read(encryption: StoredResource, { store, apiVersion }: PlanContext): JsonObject {
  const database = store.get(parentId(encryption.id));
  const state = database ? encryptionOf(store, database) : stateOf(encryption.body);
  const properties: JsonObject = apiVersion === "2014-04-01" ? { status: state ?? "" } : { state: state ?? "" };
  return { ...encryption.body, properties };
}

function put(context: PlanContext, existing: StoredResource | undefined): WritePlan {
  const { parent: database, body: sent, now, apiVersion } = context;
  if (!existing || !database) throw sqlError("InvalidTransparentDataEncryptionName");
  const state = stateOf(sent);
  if (!state) throw sqlError("InvalidTransparentDataEncryptionUpdateRequest");
  const refusal = refusalOf(database, existing);
  if (refusal) throw sqlError(refusal);
  const [failure, ...failures] = failuresOf(existing);
  const before = { ...existing, hidden: { ...existing.hidden, failures } };
  const completed = { ...before, body: encryptionWith(database.id, state).body };
  if (apiVersion === "2014-04-01") return { status: 200, resource: completed };
  const started = startOperation(
    {
      id: existing.id,
      location: textAt(database.body, "location") ?? "",
      kind: "transparentDataEncryption",
      name: "UpdateLogicalDatabase",
      seconds: 31,
      now,
    },
    { completed, afterFailure: before, ...(failure && { failure: errorOf(failure) }) },
  );
  return { resource: { ...before, hidden: { ...before.hidden, changing: true } }, ...started };
}

/** Who may not be changed now, or never. On a paused pool the code is [inferred] from those of databases. */
function refusalOf(database: StoredResource, encryption: StoredResource): SqlErrorCode | undefined {
  const { secondaryType, status } = objectAt(database.body, "properties");
  const kind = textAt(database.body, "kind") ?? "";
  if (kind.includes("system")) return "AttemptedEncryptionOnSystemDatabase";
  if (secondaryType === "Named") return "ReadOnly";
  if (secondaryType) return "CanNotDropAlterOnMirror";
  if (kind.includes("datawarehouse") && status !== "Online") return "UpdateNotAllowedOnPausedDatabase";
  return encryption.hidden?.changing ? "EncryptionInProgress" : undefined;
}

function stateOf(body: JsonObject): EncryptionState | undefined {
  const { state, status } = objectAt(body, "properties");
  const asked = state ?? status;
  return asked === "Enabled" || asked === "Disabled" ? asked : undefined;
}

function failuresOf({ hidden = {} }: StoredResource): SqlErrorCode[] {
  return Array.isArray(hidden.failures) ? hidden.failures.filter(isSqlErrorCode) : [];
}

function errorOf(code: SqlErrorCode): JsonObject {
  const { body } = sqlError(code).answer;
  return typeof body === "object" && body !== null && !Array.isArray(body) ? objectAt(body, "error") : { code };
}

/**
 * A test's TDE, as T-SQL would set it: no event. `failures`, a list of codes, lets that many next operations be accepted
 * and fail at their end.
 */
function seed({ id, body }: PlanContext): StoredResource {
  const encryption = encryptionWith(parentId(id), stateOf(body) ?? "Enabled");
  return { ...encryption, hidden: { failures: body.failures ?? [] } };
}
