/** The regions that the local Azure has, with the names that people read. */
export const locationNames: Readonly<Record<string, string>> = {
  westus: "West US",
  westus2: "West US 2",
  eastus: "East US",
  eastus2: "East US 2",
  centralus: "Central US",
  southcentralus: "South Central US",
  northcentralus: "North Central US",
  northeurope: "North Europe",
  westeurope: "West Europe",
  uksouth: "UK South",
};
