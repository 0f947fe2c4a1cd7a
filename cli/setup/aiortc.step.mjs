import { installWithApt } from "./apt.mjs";
import { findProgram, isExecutable, run } from "./shell.mjs";

/**
 * aiortc, a WebRTC that is neither ours nor a browser's (Python): one test publishes and watches with it. The system's,
 * else the distribution's package. Without it that test says what is missing.
 */
export const aiortcStep = {
  name: "aiortc",
  /** @param {import("./steps.mjs").Progress} progress */
  async run(progress) {
    const found = await findAiortc();
    if (found) return found.version;
    if (await installWithApt(["python3-aiortc"], progress)) {
      const installed = await findAiortc();
      if (installed) return `${installed.version}, installed`;
    }
    return "none here (Debian, Ubuntu: apt-get install python3-aiortc); only the test of foreign clients needs it";
  },
};

/** A Python that has aiortc; `undefined`: there is none. */
export async function findAiortc() {
  // the distribution's own Python comes first: its packages are for no other
  for (const python of ["/usr/bin/python3", findProgram("python3")]) {
    if (!python || !isExecutable(python)) continue;
    const script = "import aiortc; print('aiortc', aiortc.__version__)";
    const { code, tail } = await run(python, ["-c", script], { timeoutMs: 20_000 });
    const version = /^aiortc (\S+)/m.exec(tail)?.[1];
    if (code === 0 && version) return { python, version };
  }
  return undefined;
}
