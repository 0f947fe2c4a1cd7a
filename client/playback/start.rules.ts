import {
  type MediaPlaylist,
  type PlaylistVariant,
  parseMasterPlaylist,
  parseMediaPlaylist,
} from "./playlist.rules.ts";

/** What is assumed of a connection that nothing is known of. */
export const unknownBandwidthBps = 1_500_000;

/** A first segment may take this long to arrive; a better picture follows with the next one. */
const firstSegmentBudgetSeconds = 0.4;
/** Below this a picture is not a sensible first sight where the connection allows more. */
const sensibleHeightPx = 240;

/** What to fetch so that a first frame can be painted, in order of need. */
export interface StartPlan {
  readonly variantUrl: string;
  readonly mediaUrls: readonly string[];
}

/**
 * The rung to start with: the best one whose first segment arrives within the budget, else the lowest sensible one that
 * the connection carries at all, else the lowest.
 */
export function chooseStartVariant(
  variants: readonly PlaylistVariant[],
  firstSegmentSeconds: number,
  bandwidthBps: number,
): PlaylistVariant | undefined {
  const rising = variants.toSorted((a, b) => a.bandwidthBps - b.bandwidthBps);
  const quick = rising.findLast(
    ({ bandwidthBps: rungBps }) => rungBps * firstSegmentSeconds <= bandwidthBps * firstSegmentBudgetSeconds,
  );
  const sensible = rising.find(
    ({ heightPx, bandwidthBps: rungBps }) => heightPx >= sensibleHeightPx && rungBps <= bandwidthBps / 2,
  );
  if (quick && sensible) return quick.bandwidthBps > sensible.bandwidthBps ? quick : sensible;
  return quick ?? sensible ?? rising[0];
}

/**
 * Plans the start at `startSeconds`. A rung whose playlist came with the grant is preferred: the others cost a round trip
 * more (the playlists of a long film do not all fit). `undefined`: there is not even a multivariant playlist.
 */
export function planStart(
  playlists: Readonly<Record<string, string>>,
  hlsUrl: string,
  options: { bandwidthBps: number; startSeconds: number },
): StartPlan | undefined {
  const masterText = playlists[hlsUrl];
  if (masterText === undefined) return undefined;
  const { variants, audios } = parseMasterPlaylist(masterText, hlsUrl);
  const known = variants.filter(({ url }) => url in playlists);
  const firstSegmentSeconds = readMedia(playlists, known[0]?.url)?.segments[0]?.durationSeconds ?? 4;
  const variant = chooseStartVariant(
    known.length > 0 ? known : variants,
    firstSegmentSeconds,
    options.bandwidthBps,
  );
  if (!variant) return undefined;
  const group = audios.filter(({ group }) => group === variant.audioGroup);
  const video = readMedia(playlists, variant.url);
  const audio = readMedia(playlists, (group.find(({ isDefault }) => isDefault) ?? group[0])?.url);
  const mediaUrls = [
    video?.initUrl,
    audio?.initUrl,
    segmentAt(video, options.startSeconds),
    segmentAt(audio, options.startSeconds),
  ].filter((url) => url !== undefined);
  return { variantUrl: variant.url, mediaUrls };
}

function segmentAt(playlist: MediaPlaylist | undefined, seconds: number): string | undefined {
  const segments = playlist?.segments ?? [];
  return (segments.findLast(({ startSeconds }) => startSeconds <= seconds) ?? segments[0])?.url;
}

function readMedia(
  playlists: Readonly<Record<string, string>>,
  url: string | undefined,
): MediaPlaylist | undefined {
  const text = url === undefined ? undefined : playlists[url];
  return url === undefined || text === undefined ? undefined : parseMediaPlaylist(text, url);
}
