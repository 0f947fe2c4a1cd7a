/** What one viewer of the swarm gave us and got from us. */
export interface SwarmPeer {
  readonly id: string;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Moved since the last reading. */
  readonly isReceiving: boolean;
  readonly isSending: boolean;
}

/** The swarm at one moment. */
export interface SwarmReading {
  readonly peers: readonly SwarmPeer[];
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly serverBytes: number;
}

interface PeerCount {
  connectionCount: number;
  receivedBytes: number;
  sentBytes: number;
  receivedSinceReading: number;
  sentSinceReading: number;
}

/** A viewer who left is forgotten; more than this many never fit a picture or a small server's swarm. */
const maxPeers = 200;

/**
 * Counts who is connected and what moved. One viewer has a connection per stream (picture, sound, and for a while the rung
 * before), all under the same id.
 */
export class SwarmTally {
  readonly #peers = new Map<string, PeerCount>();
  #receivedBytes = 0;
  #sentBytes = 0;
  #serverBytes = 0;

  get peerCount(): number {
    return this.#peers.size;
  }

  connected(peerId: string): void {
    const peer = this.#peers.get(peerId);
    if (peer) peer.connectionCount += 1;
    else if (this.#peers.size < maxPeers) {
      this.#peers.set(peerId, {
        connectionCount: 1,
        receivedBytes: 0,
        sentBytes: 0,
        receivedSinceReading: 0,
        sentSinceReading: 0,
      });
    }
  }

  disconnected(peerId: string): void {
    const peer = this.#peers.get(peerId);
    if (!peer) return;
    peer.connectionCount -= 1;
    if (peer.connectionCount <= 0) this.#peers.delete(peerId);
  }

  /** Every connection is gone: peers were switched off. The totals stay. */
  disconnectedAll(): void {
    this.#peers.clear();
  }

  received(bytes: number, peerId: string | undefined): void {
    this.#receivedBytes += bytes;
    const peer = peerId === undefined ? undefined : this.#peers.get(peerId);
    if (!peer) return;
    peer.receivedBytes += bytes;
    peer.receivedSinceReading += bytes;
  }

  sent(bytes: number, peerId: string): void {
    this.#sentBytes += bytes;
    const peer = this.#peers.get(peerId);
    if (!peer) return;
    peer.sentBytes += bytes;
    peer.sentSinceReading += bytes;
  }

  receivedFromServer(bytes: number): void {
    this.#serverBytes += bytes;
  }

  /** The swarm now; what moves is what moved since the last reading. */
  read(): SwarmReading {
    const peers = Array.from(this.#peers, ([id, peer]) => {
      const isReceiving = peer.receivedSinceReading > 0;
      const isSending = peer.sentSinceReading > 0;
      peer.receivedSinceReading = 0;
      peer.sentSinceReading = 0;
      return { id, receivedBytes: peer.receivedBytes, sentBytes: peer.sentBytes, isReceiving, isSending };
    });
    return {
      peers,
      receivedBytes: this.#receivedBytes,
      sentBytes: this.#sentBytes,
      serverBytes: this.#serverBytes,
    };
  }
}
