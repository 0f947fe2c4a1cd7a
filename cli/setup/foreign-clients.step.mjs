import { installWithApt } from "./apt.mjs";
import { findProgram, isExecutable, run } from "./shell.mjs";

const packages = [
  "python3-aiortc",
  ...["python3-gst-1.0", "gir1.2-gst-plugins-bad-1.0", "gstreamer1.0-nice"],
  ...["base", "good", "bad", "ugly"].map((name) => `gstreamer1.0-plugins-${name}`),
];

/** Says which of them a Python has, in one line. */
const probe = `
import aiortc, gi
gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import Gst, GstSdp, GstWebRTC
Gst.init(None)
elements = "webrtcbin nicesink dtlssrtpenc x264enc rtph264pay opusenc rtpopuspay"
missing = [name for name in elements.split() if not Gst.ElementFactory.find(name)]
assert not missing, missing
print("found: aiortc", aiortc.__version__ + ",", Gst.version_string())
`;

/**
 * WebRTC that is neither ours nor a browser's: aiortc and GStreamer, by Python. One test publishes and watches with them.
 * The system's, else the distribution's packages. Without them that test says what is missing.
 */
export const foreignClientsStep = {
  name: "foreign WebRTC clients",
  /** @param {import("./steps.mjs").Progress} progress */
  async run(progress) {
    const found = await findForeignClients();
    if (found) return found.versions;
    if (await installWithApt(packages, progress)) {
      const installed = await findForeignClients();
      if (installed) return `${installed.versions}, installed`;
    }
    return `none here (Debian, Ubuntu: apt-get install ${packages.join(" ")}); only the test of foreign clients needs them`;
  },
};

/** A Python that has them; `undefined`: there is none. */
export async function findForeignClients() {
  // the distribution's own Python comes first: its packages are for no other
  for (const python of ["/usr/bin/python3", findProgram("python3")]) {
    if (!python || !isExecutable(python)) continue;
    const { code, tail } = await run(python, ["-c", probe], { timeoutMs: 20_000 });
    const versions = /^found: (.+)/m.exec(tail)?.[1];
    if (code === 0 && versions) return { python, versions };
  }
  return undefined;
}
