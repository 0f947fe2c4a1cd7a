import type { MediaConfig } from "./media.config.ts";
import { type Container, containers } from "./sniff.rules.ts";

/** A file whose container is known from its own bytes. */
export interface SourceFile {
  readonly path: string;
  readonly container: Container;
}

/**
 * Opens a source, and nothing else: one demuxer, chosen by us and the only one allowed; local files only;
 * no tracks in other files; no pictures beyond the limit. Ends with the input itself.
 */
export function inputArgs(source: SourceFile, config: Pick<MediaConfig, "maxPicturePixels">): string[] {
  const { demuxer } = containers[source.container];
  const noOtherFiles = source.container === "mov" ? ["-enable_drefs", "0", "-use_absolute_path", "0"] : [];
  return [
    ...["-protocol_whitelist", "file"],
    ...["-format_whitelist", demuxer],
    ...["-f", demuxer],
    ...noOtherFiles,
    ...["-max_pixels", String(config.maxPicturePixels)],
    ...["-i", `file:${source.path}`],
  ];
}
