/** What the element asks its owner, in seconds since the broadcast began. */
export interface LiveMediaOwner {
  play(): void;
  pause(): void;
  isPaused(): boolean;
  positionSeconds(): number;
  seekTo(seconds: number): void;
  /** Where one can go; `undefined`: nowhere. */
  seekable(): { readonly startSeconds: number; readonly endSeconds: number } | undefined;
}

const forwarded = [
  ...["loadstart", "loadedmetadata", "loadeddata", "canplay", "emptied", "error", "resize"],
  ...["play", "playing", "pause", "waiting", "seeking", "seeked", "ended", "volumechange"],
  ...["enterpictureinpicture", "leavepictureinpicture"],
] as const;

/** `TimeRanges` of at most one range; the browser lets nobody make its own. */
function toRanges(range: { startSeconds: number; endSeconds: number } | undefined) {
  return {
    length: range ? 1 : 0,
    start: () => range?.startSeconds ?? 0,
    end: () => range?.endSeconds ?? 0,
  };
}

/**
 * One media element out of two `<video>`s, so that one can begin behind the other and take its place without a black
 * picture. It speaks as `HTMLMediaElement` does as far as media-chrome listens; its time is that of the broadcast.
 */
export class LiveMedia extends HTMLElement {
  readonly videos: readonly [HTMLVideoElement, HTMLVideoElement] = [createVideo(), createVideo()];
  owner: LiveMediaOwner | undefined;
  #frontIndex: 0 | 1 = 0;
  readonly #closed = new AbortController();

  constructor() {
    super();
    for (const video of this.videos) {
      for (const name of forwarded) {
        const forward = () => video === this.front && this.dispatchEvent(new Event(name));
        video.addEventListener(name, forward, { signal: this.#closed.signal });
      }
    }
    this.#arrange();
  }

  connectedCallback(): void {
    if (!this.videos[0].parentElement) this.append(...this.videos);
  }

  /** The one that is seen and heard. */
  get front(): HTMLVideoElement {
    return this.videos[this.#frontIndex];
  }

  get back(): HTMLVideoElement {
    return this.videos[this.#frontIndex === 0 ? 1 : 0];
  }

  /** The one behind comes to the front, as loud as the other was. */
  swap(): void {
    const { front: leaving, back: coming } = this;
    coming.volume = leaving.volume;
    coming.muted = leaving.muted;
    leaving.muted = true;
    this.#frontIndex = this.#frontIndex === 0 ? 1 : 0;
    this.#arrange();
    for (const name of ["playing", "resize", "volumechange", "timeupdate"])
      this.dispatchEvent(new Event(name));
  }

  /** Time has gone on: for who draws it. */
  tick(): void {
    for (const name of ["timeupdate", "progress"]) this.dispatchEvent(new Event(name));
  }

  #arrange(): void {
    this.front.dataset.testid = "player-video";
    this.front.classList.add("is-front");
    this.back.dataset.testid = "player-video-behind";
    this.back.classList.remove("is-front");
    this.back.muted = true;
  }

  // ── what media-chrome reads and asks ──

  readonly streamType = "live";
  readonly targetLiveWindow = Number.POSITIVE_INFINITY;
  readonly duration = Number.POSITIVE_INFINITY;
  readonly playbackRate = 1;

  get paused(): boolean {
    return this.owner?.isPaused() ?? true;
  }
  get ended(): boolean {
    return this.front.ended;
  }
  get error(): MediaError | null {
    return null;
  }
  get readyState(): number {
    return this.front.readyState;
  }
  get videoWidth(): number {
    return this.front.videoWidth;
  }
  get videoHeight(): number {
    return this.front.videoHeight;
  }
  get currentTime(): number {
    return this.owner?.positionSeconds() ?? 0;
  }
  set currentTime(seconds: number) {
    this.owner?.seekTo(seconds);
  }
  get seekable() {
    return toRanges(this.owner?.seekable());
  }
  get buffered() {
    return toRanges(undefined);
  }
  get volume(): number {
    return this.front.volume;
  }
  set volume(volume: number) {
    this.front.volume = volume;
  }
  get muted(): boolean {
    return this.front.muted;
  }
  set muted(isMuted: boolean) {
    this.front.muted = isMuted;
  }
  async play(): Promise<void> {
    this.owner?.play();
  }
  pause(): void {
    this.owner?.pause();
  }
  requestPictureInPicture(): Promise<PictureInPictureWindow> {
    return this.front.requestPictureInPicture();
  }
  webkitEnterFullscreen(): void {
    const { front } = this;
    if ("webkitEnterFullscreen" in front && typeof front.webkitEnterFullscreen === "function") {
      front.webkitEnterFullscreen();
    }
  }
}

function createVideo(): HTMLVideoElement {
  const video = document.createElement("video");
  video.playsInline = true;
  video.disableRemotePlayback = true;
  return video;
}

/** The name under which the element is known. */
export const liveMediaTag = "live-media";
if (!customElements.get(liveMediaTag)) customElements.define(liveMediaTag, LiveMedia);
