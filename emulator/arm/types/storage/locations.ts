/** The paired regions that geo-redundant accounts use, and the zone in static website addresses (recorded; docs: Azure paired regions). */
const regions: Readonly<Record<string, { pair: string; zone: string }>> = {
  westus: { pair: "eastus", zone: "z22" },
  eastus: { pair: "westus", zone: "z13" },
  southcentralus: { pair: "northcentralus", zone: "z21" },
  northcentralus: { pair: "southcentralus", zone: "z14" },
  eastus2: { pair: "centralus", zone: "z20" },
  centralus: { pair: "eastus2", zone: "z19" },
  westus2: { pair: "westcentralus", zone: "z5" },
  northeurope: { pair: "westeurope", zone: "z16" },
  westeurope: { pair: "northeurope", zone: "z6" },
  uksouth: { pair: "ukwest", zone: "z33" },
};

/** The region that holds the second copy. */
export function pairedRegion(location: string): string {
  return regions[location]?.pair ?? "westus";
}

/** `https://NAME.SERVICE.core.windows.net/` for each service. */
export function endpoints(host: string, location: string, services: readonly string[]): Record<string, string> {
  const zone = regions[location]?.zone ?? "z1";
  return Object.fromEntries(
    services.map((service) => [
      service,
      `https://${host}.${service === "web" ? `${zone}.web` : service}.core.windows.net/`,
    ]),
  );
}

/** A location as ARM stores it: "West US" is westus. */
export function normalizedLocation(location: string): string {
  return location.toLowerCase().replaceAll(" ", "");
}
