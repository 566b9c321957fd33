/** One setting of the sign-in. Without zod, since registrations read them before anything is loaded. */
interface EntraSetting<Value> {
  name: string;
  default: string;
  allowed: string;
  meaning: string;
  /** The value, or nothing where the text is not allowed. */
  read(text: string): Value | undefined;
}

const guid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** The settings that say how callers sign in. */
export const entraSettings = {
  entraTenantId: setting({
    name: "ENTRA_TENANT_ID",
    default: "",
    allowed: "a tenant id (GUID), together with ENTRA_AUDIENCE; or empty",
    meaning:
      "The Microsoft Entra tenant that callers sign in to. With it every HTTP route asks for a token with an app role, and function keys open none. Read when the app starts. Empty: a function key is asked for.",
    read: (text) => (text === "" || guid.test(text) ? text.toLowerCase() : undefined),
  }),
  entraAudience: setting({
    name: "ENTRA_AUDIENCE",
    default: "",
    allowed: "client ids (GUID) or application id URIs (api://..., https://...), separated by commas; or empty",
    meaning:
      "The app registration of this service, for which tokens have to be meant. A client id stands for `api://` and itself as well.",
    read: readAudiences,
  }),
  entraExcludedPaths: setting({
    name: "ENTRA_EXCLUDED_PATHS",
    default: "/runtime/webhooks/EventGrid,/api/health",
    allowed: "paths that begin with a slash, separated by commas; or empty",
    meaning:
      "The paths that App Service authentication lets through, as they stand in its `excludedPaths`. What it says of a caller is not believed there.",
    read: readPaths,
  }),
  entraAuthority: setting({
    name: "ENTRA_AUTHORITY",
    default: "",
    allowed: "an https URL, or http on this machine; needed with ENTRA_TENANT_ID where CLOUD is custom",
    meaning: "Where tokens are issued, for a custom cloud. Azure's own clouds have theirs.",
    read: (text) => (text === "" || isTrustworthy(text) ? text.replace(/\/+$/, "") : undefined),
  }),
};

function readAudiences(text: string): string[] | undefined {
  const named = partsOf(text);
  if (!named.every((each) => guid.test(each) || /^(api|https):\/\/[^\s,]+$/.test(each))) return undefined;
  return named.flatMap((each) => (guid.test(each) ? [each.toLowerCase(), `api://${each.toLowerCase()}`] : [each]));
}

function readPaths(text: string): string[] | undefined {
  const paths = partsOf(text);
  return paths.every((path) => /^\/[^\s?#]*$/.test(path)) ? paths : undefined;
}

function partsOf(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** Keys that come over the network without TLS could be anybody's. */
function isTrustworthy(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || (protocol === "http:" && (hostname === "127.0.0.1" || hostname === "localhost"));
}

function setting<Value>(of: EntraSetting<Value>): EntraSetting<Value> {
  return of;
}
