import { isJsonObject, type Json } from "../json.ts";

/**
 * Names under which ARM answers with a secret, lower-cased. From the swagger of Microsoft.Storage, Microsoft.Sql and Microsoft.Network
 * (`x-ms-secret`, and what recorded answers carry in clear).
 */
const secretNames = new Set([
  "sharedkey",
  "authorizationkey",
  "presharedkey",
  "administratorloginpassword",
  "storagekey",
  "radiusserversecret",
  "accountsastoken",
  "servicesastoken",
  "connectionstring",
  "primarykey",
  "secondarykey",
  "keys",
  "password",
  "secret",
]);

/**
 * A copy of an answer without its secrets: a property with a secret's name is left out, at any depth.
 * Called where the answer is read, so that nothing else ever sees one.
 */
export function withoutSecrets<Value extends Json>(answer: Value): Value;
export function withoutSecrets(answer: Json): Json {
  if (Array.isArray(answer)) return answer.map((item) => withoutSecrets(item));
  if (!isJsonObject(answer)) return answer;
  const kept = Object.entries(answer).filter(([name]) => !secretNames.has(name.toLowerCase()));
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutSecrets(value)]));
}
