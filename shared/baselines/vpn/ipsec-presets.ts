import * as z from "zod";
import { type IkeVersion, type IpsecAlgorithms, invalidCombinationsOf } from "./ipsec-strength.ts";

/** A custom IPsec policy with all its fields, as ARM's `IpsecPolicy` names them. */
export interface IpsecPolicy extends IpsecAlgorithms {
  saLifeTimeSeconds: number;
  saDataSizeKilobytes: number;
}

/** The shortest lifetimes that the service accepts (Microsoft.Network `IpsecPolicy`; VPN Gateway FAQ). */
export const shortestLifetimes = { saLifeTimeSeconds: 300, saDataSizeKilobytes: 1024 };

/** After the Commercial National Security Algorithm suite: 256-bit AES-GCM, SHA-384, P-384. IKEv2 only. */
const cnsa: IpsecAlgorithms = {
  ikeEncryption: "GCMAES256",
  ikeIntegrity: "SHA384",
  dhGroup: "ECP384",
  ipsecEncryption: "GCMAES256",
  ipsecIntegrity: "GCMAES256",
  pfsGroup: "ECP384",
};

/** What nearly every device speaks, also with IKEv1. */
const interoperable: IpsecAlgorithms = {
  ikeEncryption: "AES256",
  ikeIntegrity: "SHA256",
  dhGroup: "DHGroup14",
  ipsecEncryption: "AES256",
  ipsecIntegrity: "SHA256",
  pfsGroup: "PFS2048",
};

/** The names of algorithms that may be asked for: those of the service's enums that are neither weak nor doubtful. */
function algorithm<const Names extends readonly string[]>(names: Names, what: string) {
  return z
    .enum(["preset", ...names])
    .default("preset")
    .describe(`The weakest ${what} that is compliant, and the one that the fix sets; \`preset\` takes the preset's.`);
}

function lifetime(minimum: number, usual: number, what: string) {
  return z
    .int()
    .min(minimum)
    .max(2_147_483_647)
    .default(usual)
    .describe(`${what} that the fix sets where the connection has none of its own. Never a finding.`);
}

/** Parameters of `vpn/ipsec-policy`. */
export const ipsecParameters = z
  .strictObject({
    preset: z
      .enum(["cnsa", "interoperable"])
      .default("cnsa")
      .describe(
        "The policy that is asked for: `cnsa` (GCMAES256, SHA384, ECP384) or `interoperable` (AES256, SHA256, DHGroup14, PFS2048). A connection with IKEv1 is always held against `interoperable`, whatever the algorithms below say.",
      ),
    ikeEncryption: algorithm(
      ["AES128", "AES192", "AES256", "GCMAES128", "GCMAES256"],
      "encryption of the key exchange",
    ),
    ikeIntegrity: algorithm(["SHA256", "SHA384"], "integrity of the key exchange"),
    dhGroup: algorithm(["DHGroup14", "DHGroup2048", "ECP256", "ECP384"], "Diffie-Hellman group"),
    ipsecEncryption: algorithm(
      ["AES128", "AES192", "AES256", "GCMAES128", "GCMAES192", "GCMAES256"],
      "encryption of the traffic",
    ),
    ipsecIntegrity: algorithm(["SHA256", "GCMAES128", "GCMAES192", "GCMAES256"], "integrity of the traffic"),
    pfsGroup: algorithm(["PFS2048", "ECP256", "ECP384"], "group for perfect forward secrecy"),
    saLifeTimeSeconds: lifetime(shortestLifetimes.saLifeTimeSeconds, 27_000, "The lifetime in seconds"),
    saDataSizeKilobytes: lifetime(shortestLifetimes.saDataSizeKilobytes, 102_400_000, "The lifetime in kilobytes"),
    readyConnections: z
      .array(z.string())
      .default([])
      .describe(
        "Ids of connections whose peer knows the policy that is asked for: there the fix is made without asking while the tunnel is connected.",
      ),
    lookBackSeconds: z
      .int()
      .min(5)
      .max(86_400)
      .default(300)
      .describe(
        "How many seconds after the fix a tunnel that was connected before must be connected again; else it gets its old policy back. Azure takes up to two minutes to update a policy, and a tunnel then has to come up: below 120, a fix that is well may be taken back.",
      ),
  })
  .superRefine((parameters, context) => {
    for (const message of invalidCombinationsOf(wantedPolicy(parameters, "IKEv2"), "IKEv2")) {
      context.addIssue({ code: "custom", message: `The service refuses this policy: ${message}.` });
    }
  });

export type IpsecParameters = z.infer<typeof ipsecParameters>;

/** The policy that a connection is held against, complete and valid. */
export function wantedPolicy(parameters: IpsecParameters, version: IkeVersion): IpsecPolicy {
  const preset = version === "IKEv1" || parameters.preset === "interoperable" ? interoperable : cnsa;
  const { saLifeTimeSeconds, saDataSizeKilobytes } = parameters;
  const lifetimes = { saLifeTimeSeconds, saDataSizeKilobytes };
  if (version === "IKEv1") return { ...preset, ...lifetimes };
  return {
    ikeEncryption: chosen(parameters.ikeEncryption, preset.ikeEncryption),
    ikeIntegrity: chosen(parameters.ikeIntegrity, preset.ikeIntegrity),
    dhGroup: chosen(parameters.dhGroup, preset.dhGroup),
    ipsecEncryption: chosen(parameters.ipsecEncryption, preset.ipsecEncryption),
    ipsecIntegrity: chosen(parameters.ipsecIntegrity, preset.ipsecIntegrity),
    pfsGroup: chosen(parameters.pfsGroup, preset.pfsGroup),
    ...lifetimes,
  };
}

function chosen(value: string, preset: string): string {
  return value === "preset" ? preset : value;
}
