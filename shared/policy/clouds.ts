/** An Azure cloud: where its Resource Manager is, and for whom tokens are asked. */
export interface Cloud {
  /** E.g. `https://management.azure.com`. */
  endpoint: string;
  /** E.g. `https://management.core.windows.net/`; a token's scope is this with `.default` behind it. */
  audience: string;
  /** Where Microsoft Entra gives tokens; for a cloud of one's own `AZURE_AUTHORITY_HOST` says it. */
  authorityHost?: string;
  /** Who its tokens say issued them, by Entra's versions 1 and 2; `TENANT` stands for the tenant. */
  issuers?: readonly string[];
  /** Where Microsoft Graph is, which is also whom its tokens are meant for; a cloud of one's own has none known. */
  graph?: string;
  /** What a storage account's addresses end in, e.g. `core.windows.net`; a cloud of one's own has none known. */
  storageSuffix?: string;
}

/**
 * Azure's clouds by the value of the setting CLOUD. Sources: azure-cli's cloud.py; `AzureAuthorityHosts` of `@azure/identity`; docs:
 * "Azure Government developer guide", "Azure in China developer guide"; for the issuers Microsoft Q&A 1190472; for Microsoft Graph its
 * docs, "Microsoft Graph national cloud deployments" (L4 of the two of US Government).
 */
export const clouds: { readonly [name: string]: Cloud } = {
  public: {
    endpoint: "https://management.azure.com",
    audience: "https://management.core.windows.net/",
    authorityHost: "https://login.microsoftonline.com",
    issuers: ["https://sts.windows.net/TENANT/", "https://login.microsoftonline.com/TENANT/v2.0"],
    graph: "https://graph.microsoft.com",
    storageSuffix: "core.windows.net",
  },
  usgovernment: {
    endpoint: "https://management.usgovcloudapi.net",
    audience: "https://management.core.usgovcloudapi.net/",
    authorityHost: "https://login.microsoftonline.us",
    issuers: ["https://sts.windows.net/TENANT/", "https://login.microsoftonline.us/TENANT/v2.0"],
    graph: "https://graph.microsoft.us",
    storageSuffix: "core.usgovcloudapi.net",
  },
  china: {
    endpoint: "https://management.chinacloudapi.cn",
    audience: "https://management.core.chinacloudapi.cn/",
    authorityHost: "https://login.chinacloudapi.cn",
    issuers: ["https://sts.chinacloudapi.cn/TENANT/", "https://login.partner.microsoftonline.cn/TENANT/v2.0"],
    graph: "https://microsoftgraph.chinacloudapi.cn",
    storageSuffix: "core.chinacloudapi.cn",
  },
};

/** The cloud that an environment names, as far as it is one of Azure's: also where other settings are wrong. */
export function cloudNamedIn(environment: NodeJS.ProcessEnv): Cloud | undefined {
  const name = environment.CLOUD ?? "public";
  return Object.hasOwn(clouds, name) ? clouds[name] : undefined;
}

/** The scope to ask a token with. An audience that ends in a slash keeps it: Entra compares to the letter. */
export function tokenScope(cloud: Cloud): string {
  return `${cloud.audience}/.default`;
}
