/** Keys that were made in this page: the server shows them once, and so does the page, until it is left. */
const keys = new Map<string, string>();

export function keepFreshKey(streamId: string, streamKey: string): void {
  keys.set(streamId, streamKey);
}

export function findFreshKey(streamId: string): string | undefined {
  return keys.get(streamId);
}
