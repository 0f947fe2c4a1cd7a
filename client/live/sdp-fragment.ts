/** SDP fragments of WHIP (RFC 8840, as RFC 9725 §4.3 uses them). */

const lineEnd = "\r\n";

function toLines(sdp: string): string[] {
  return sdp.split(/\r?\n/).filter((line) => line !== "");
}

/** The sections that begin with `m=`; the first element is what stands before them. */
function toSections(sdp: string): string[][] {
  const sections: string[][] = [[]];
  for (const line of toLines(sdp)) {
    if (line.startsWith("m=")) sections.push([]);
    sections.at(-1)?.push(line);
  }
  return sections;
}

function startsWithAny(line: string, ...starts: string[]): boolean {
  return starts.some((start) => line.startsWith(start));
}

/**
 * The fragment that asks for an ICE restart: "the new ICE username fragment and password" of a fresh offer (RFC 9725
 * §4.3.3), with the candidates that are known by now.
 */
export function toRestartFragment(offerSdp: string): string {
  const [session = [], ...media] = toSections(offerSdp);
  const lines = session.filter((line) => startsWithAny(line, "a=group:BUNDLE", "a=ice-options:"));
  // everything is bundled, so the first section speaks for all
  const [first = []] = media;
  for (const line of first) {
    if (line.startsWith("m=")) lines.push(line.replace(/^m=(\S+) \d+ (\S+).*$/, "m=$1 9 $2 0"));
    else if (startsWithAny(line, "a=mid:", "a=ice-ufrag:", "a=ice-pwd:", "a=candidate:")) lines.push(line);
  }
  return lines.join(lineEnd) + lineEnd;
}

/** The remote description with the credentials and candidates of the server's fragment; `undefined`: it has none. */
export function applyFragment(remoteSdp: string, fragment: string): string | undefined {
  const news = toLines(fragment);
  const ufrag = news.find((line) => line.startsWith("a=ice-ufrag:"));
  const pwd = news.find((line) => line.startsWith("a=ice-pwd:"));
  if (!ufrag || !pwd) return undefined;
  const candidates = news.filter((line) => startsWithAny(line, "a=candidate:", "a=end-of-candidates"));
  const sections = toSections(remoteSdp).map((section) => {
    const kept = section
      .map((line) => (line.startsWith("a=ice-ufrag:") ? ufrag : line.startsWith("a=ice-pwd:") ? pwd : line))
      // without new ones the old candidates are still good: the server stands where it stood
      .filter(
        (line) => candidates.length === 0 || !startsWithAny(line, "a=candidate:", "a=end-of-candidates"),
      );
    return section[0]?.startsWith("m=") ? [...kept, ...candidates] : kept;
  });
  return sections.flat().join(lineEnd) + lineEnd;
}
