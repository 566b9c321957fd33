/** An Azure cloud: where its Resource Manager is, and for whom tokens are asked. */
export interface Cloud {
  /** E.g. `https://management.azure.com`. */
  endpoint: string;
  /** E.g. `https://management.core.windows.net/`; a token's scope is this with `.default` behind it. */
  audience: string;
}

/** Azure's clouds by the value of the setting CLOUD. Source: `@azure/core-client` and azure-cli's cloud.py. */
export const clouds: { readonly [name: string]: Cloud } = {
  public: { endpoint: "https://management.azure.com", audience: "https://management.core.windows.net/" },
  usgovernment: {
    endpoint: "https://management.usgovcloudapi.net",
    audience: "https://management.core.usgovcloudapi.net/",
  },
  china: { endpoint: "https://management.chinacloudapi.cn", audience: "https://management.core.chinacloudapi.cn/" },
};

/** The scope to ask a token with. An audience that ends in a slash keeps it: Entra compares to the letter. */
export function tokenScope(cloud: Cloud): string {
  return `${cloud.audience}/.default`;
}
