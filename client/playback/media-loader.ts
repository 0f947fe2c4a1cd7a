import Hls, {
  type HlsConfig,
  type Loader,
  type LoaderCallbacks,
  type LoaderConfiguration,
  type LoaderContext,
} from "hls.js";
import { toAbsolutePath } from "./playlist.rules.ts";
import type { EarlyBytes, StartMedia } from "./start-media.ts";

/** Where a {@link createMediaLoader} loader looks before it asks the network. */
export interface MediaSources {
  /** Playlists by absolute path. */
  readonly playlists: Readonly<Record<string, string>>;
  readonly start: StartMedia;
  /** Every playlist, from wherever it came. */
  onPlaylist(text: string, url: string): void;
  /** Bytes of media that came from the server through this loader. */
  onServerBytes(bytes: number): void;
}

/** A `Response` that says which address it stands for; p2p-media-loader reads the manifest's address from it. */
class HeldResponse extends Response {
  readonly #url: string;

  constructor(text: string, url: string) {
    super(text);
    this.#url = url;
  }

  override get url(): string {
    return this.#url;
  }
}

/**
 * hls.js' own loader, with two things in front of it: playlists that came with the grant cost no request, and media that
 * was fetched early is handed over with the times of its real transfer.
 */
export function createMediaLoader(sources: MediaSources): HlsConfig["loader"] {
  return class MediaLoader extends Hls.DefaultConfig.loader implements Loader<LoaderContext> {
    #isClosed = false;

    override load(
      context: LoaderContext,
      config: LoaderConfiguration,
      callbacks: LoaderCallbacks<LoaderContext>,
    ): void {
      const path = toAbsolutePath(context.url, "/");
      const playlist = sources.playlists[path];
      const isMedia = context.responseType === "arraybuffer";
      if (playlist !== undefined && !isMedia) {
        // hls.js does not expect an answer inside of its question
        queueMicrotask(() => this.#handOver(playlist, context, callbacks));
        return;
      }
      const early = isMedia ? sources.start.take(path) : undefined;
      if (!early) {
        super.load(context, config, isMedia ? this.#counted(callbacks) : this.#read(callbacks));
        return;
      }
      early.then(
        (bytes) => this.#handOverEarly(bytes, context, callbacks),
        () => {
          if (!this.#isClosed) super.load(context, config, this.#counted(callbacks));
        },
      );
    }

    override abort(): void {
      this.#isClosed = true;
      super.abort();
    }

    override destroy(): void {
      this.#isClosed = true;
      super.destroy();
    }

    #handOver(text: string, context: LoaderContext, callbacks: LoaderCallbacks<LoaderContext>): void {
      if (this.#isClosed) return;
      const now = performance.now();
      this.stats.loading = { start: now, first: now, end: now };
      this.stats.loaded = this.stats.total = text.length;
      const response = new HeldResponse(text, context.url);
      sources.onPlaylist(text, context.url);
      callbacks.onSuccess({ url: context.url, data: text, code: 200 }, this.stats, context, response);
    }

    #handOverEarly(
      early: EarlyBytes,
      context: LoaderContext,
      callbacks: LoaderCallbacks<LoaderContext>,
    ): void {
      sources.onServerBytes(early.bytes.byteLength);
      if (this.#isClosed) return;
      this.stats.loading = { start: early.startedAtMs, first: early.firstByteAtMs, end: early.endedAtMs };
      this.stats.loaded = this.stats.total = early.bytes.byteLength;
      callbacks.onSuccess({ url: context.url, data: early.bytes, code: 200 }, this.stats, context, null);
    }

    #read(callbacks: LoaderCallbacks<LoaderContext>): LoaderCallbacks<LoaderContext> {
      return {
        ...callbacks,
        onSuccess: (response, stats, context, networkDetails) => {
          if (typeof response.data === "string") sources.onPlaylist(response.data, response.url);
          callbacks.onSuccess(response, stats, context, networkDetails);
        },
      };
    }

    #counted(callbacks: LoaderCallbacks<LoaderContext>): LoaderCallbacks<LoaderContext> {
      return {
        ...callbacks,
        onSuccess: (response, stats, context, networkDetails) => {
          sources.onServerBytes(stats.loaded);
          callbacks.onSuccess(response, stats, context, networkDetails);
        },
      };
    }
  };
}
