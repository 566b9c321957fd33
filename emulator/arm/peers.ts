import type { Clock } from "../clock.ts";

/** The eight fields of a custom IPsec/IKE policy, as on the wire (swagger: IpsecPolicy). */
export interface IpsecPolicy {
  saLifeTimeSeconds: number;
  saDataSizeKilobytes: number;
  ipsecEncryption: string;
  ipsecIntegrity: string;
  ikeEncryption: string;
  ikeIntegrity: string;
  dhGroup: string;
  pfsGroup: string;
}

/** What stands at the far end of a VPN connection, e.g. a device on premises. */
export interface Peer {
  /** The policies that it agrees to; "defaults" is what a connection without a policy of its own offers. */
  speaks: readonly ("defaults" | "anything" | IpsecPolicy)[];
  /** How long a tunnel takes to come up or to be given up, times durationScale; 5 where left out. */
  delaySeconds?: number;
  /** Since when it has been there, in milliseconds since the Unix epoch; since it is set where left out. */
  since?: number;
}

/** A peer as it is kept. */
export interface PresentPeer extends Peer {
  since: number;
}

/** The peers, as types read them. */
export interface Peers {
  /** Compared without case. */
  get(connectionId: string): PresentPeer | undefined;
}

/**
 * The peers, as tests and the demo set them. A connection without one, and without a tag that tells of one (peer-tag.ts), stays
 * `Unknown`: nobody ever answered.
 */
export interface PeerRegistry extends Peers {
  set(connectionId: string, peer: Peer): void;
  remove(connectionId: string): void;
}

/** No peers yet. */
export function createPeerRegistry(clock: Clock): PeerRegistry {
  const peers = new Map<string, PresentPeer>();
  return {
    get: (connectionId) => peers.get(connectionId.toLowerCase()),
    set: (connectionId, peer) => void peers.set(connectionId.toLowerCase(), { since: clock.now(), ...peer }),
    remove: (connectionId) => void peers.delete(connectionId.toLowerCase()),
  };
}
