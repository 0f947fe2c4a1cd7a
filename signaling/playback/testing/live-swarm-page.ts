import Hls from "hls.js";
import { HlsJsP2PEngine } from "p2p-media-loader-hlsjs";

/* A page that watches live with peers and nothing else; bundled for the browser. */

const received = { p2p: 0, http: 0, connectedPeers: 0, warnings: [] as string[] };
const HlsWithSwarm = HlsJsP2PEngine.injectMixin(Hls);

const page = {
  received,

  watch(hlsUrl: string, swarm: { swarmId: string; trackerUrl: string }): void {
    const video = document.createElement("video");
    video.muted = true;
    document.body.append(video);
    const hls = new HlsWithSwarm({
      liveSyncDuration: 8,
      p2p: {
        core: {
          swarmId: swarm.swarmId,
          announceTrackers: [swarm.trackerUrl],
          rtcConfig: { iceServers: [] },
          // what is needed later may come from others
          highDemandTimeWindow: 1,
          httpDownloadTimeWindow: 4,
          p2pDownloadTimeWindow: 20,
        },
      },
    });
    hls.p2pEngine.addEventListener("onChunkDownloaded", (sizeBytes, source) => {
      received[source] += sizeBytes;
    });
    hls.p2pEngine.addEventListener("onPeerConnect", () => {
      received.connectedPeers += 1;
    });
    hls.p2pEngine.addEventListener("onTrackerWarning", ({ warning }) =>
      received.warnings.push(String(warning)),
    );
    hls.attachMedia(video);
    hls.loadSource(hlsUrl);
    void video.play();
  },
};

/** See {@link page}. */
export type LiveSwarmPage = typeof page;

declare global {
  var liveSwarm: LiveSwarmPage;
}
globalThis.liveSwarm = page;
