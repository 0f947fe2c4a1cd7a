import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "#common/node/log.ts";
import { posterWidthsPx, storageLayout } from "#common/node/storage/layout.ts";
import type { Storage } from "#common/node/storage/storage.port.ts";
import { runTool } from "../media/ffmpeg-runner.ts";
import { inputArgs } from "../media/input-args.ts";
import type { MediaConfig } from "../media/media.config.ts";
import { makePoster } from "../media/poster.ts";
import { joinSegments } from "./segment-times.ts";
import type { WorkerReport } from "./worker/worker-wire.ts";

/** What {@link Pictures} needs. */
export interface PicturesOptions {
  readonly storage: Storage;
  readonly config: MediaConfig;
  readonly broadcastId: string;
  readonly revision: string;
  /** Existing folder for files in passing. */
  readonly tempDir: string;
  readonly log: Logger;
}

type Source = NonNullable<WorkerReport["newest"]>;

const thumbnailEveryMs = 10_000;
const keptThumbnails = 3;
const thumbnailWidthPx = 640;
/** The first poster, and then one each time that the broadcast has become so much longer. */
const firstPosterSeconds = 10;
const posterGrowth = 5;
const limits = { wallMs: 15_000, fileBytes: 64 * 1024 ** 2 };
const posterName = `poster-${posterWidthsPx[0]}.jpg`;

/**
 * Pictures of a broadcast: a thumbnail every 10 s, and posters long before the end, so that the recording has them at once. All
 * of it at low priority, out of what is in the storage already.
 */
export class Pictures {
  readonly #options: PicturesOptions;
  readonly #closing = new AbortController();
  #working: Promise<void> | undefined;
  #number: number | undefined;
  #segment = "";
  #thumbnailAtMs = 0;
  #posterSeconds = 0;
  #hasPoster: boolean | undefined;

  constructor(options: PicturesOptions) {
    this.#options = options;
  }

  get thumbnailNumber(): number {
    return this.#number ?? 0;
  }

  get hasPoster(): boolean {
    return this.#hasPoster ?? false;
  }

  /** Begins what is due and does not wait for it. */
  follow(report: WorkerReport): void {
    this.#working ??= this.#work(report)
      .catch(
        (err) =>
          this.#closing.signal.aborted || this.#options.log.warn({ err }, "a picture could not be made"),
      )
      .then(() => {
        this.#working = undefined;
      });
  }

  /** Resolves when nothing is being made; at the end, with a poster if there can be one. */
  async settle(report: WorkerReport): Promise<void> {
    await this.#working;
    if (this.#hasPoster || report.samples.length === 0) return;
    await this.#makePosters(report.samples).catch((err) =>
      this.#options.log.warn({ err }, "there is no poster"),
    );
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#working;
  }

  async #work(report: WorkerReport): Promise<void> {
    this.#number ??= await this.#findNewest();
    this.#hasPoster ??= (await this.#options.storage.head(this.#keyOf(posterName))) !== undefined;
    const { newest, samples, status } = report;
    const isDue = performance.now() >= this.#thumbnailAtMs && status.state === "writing";
    if (newest && isDue && newest.segment !== this.#segment) {
      this.#thumbnailAtMs = performance.now() + thumbnailEveryMs;
      this.#segment = newest.segment;
      await this.#makeThumbnail(newest, this.#number + 1);
    }
    const posterAtSeconds = Math.max(firstPosterSeconds, this.#posterSeconds * posterGrowth);
    if (samples.length > 0 && status.state === "writing" && status.durationSeconds >= posterAtSeconds) {
      this.#posterSeconds = status.durationSeconds;
      await this.#makePosters(samples);
    }
  }

  /** Numbers go on after a crash: addresses are immutable. */
  async #findNewest(): Promise<number> {
    const numbers = (await this.#options.storage.list(this.#keyOf("thumbnails/"))).map(({ key }) =>
      Number.parseInt(key.slice(key.lastIndexOf("/") + 1), 10),
    );
    return Math.max(0, ...numbers.filter(Number.isInteger));
  }

  async #makeThumbnail(source: Source, number: number): Promise<void> {
    await this.#withClip([source], async (path, dir) => {
      const args = [
        ...inputArgs({ path, container: "mov" }, this.#options.config),
        ...["-frames:v", "1", "-vf", `scale='min(${thumbnailWidthPx},iw)':-2`, "-q:v", "5"],
        ...["-f", "image2", "-update", "1", "thumbnail.jpg"],
      ];
      const run = { tool: "ffmpeg", args, cwd: dir, limits, signal: this.#closing.signal } as const;
      await runTool(run, this.#options.config);
      await this.#options.storage.putFile(
        this.#keyOf(`thumbnails/${number}.jpg`),
        join(dir, "thumbnail.jpg"),
      );
    });
    this.#number = number;
    if (number > keptThumbnails) {
      await this.#options.storage.remove(this.#keyOf(`thumbnails/${number - keptThumbnails}.jpg`));
    }
  }

  async #makePosters(samples: readonly Source[]): Promise<void> {
    // one decoder for all: those that need the same head as the last
    const { head } = samples.at(-1) ?? { head: "" };
    const alike = samples.filter((sample) => sample.head === head);
    await this.#withClip(alike, async (path, workDir, clip) => {
      const { storage, config } = this.#options;
      const video = { index: 0, codec: "h264", frameRate: { num: 30, den: 1 }, isInterlaced: false } as const;
      const source = {
        ...({
          path,
          container: "mov",
          sizeBytes: 0,
          isDurationDeclared: true,
          audio: [],
          subtitles: [],
        } as const),
        durationSeconds: clip.durationSeconds,
        coverIndex: undefined,
        video: {
          ...({ ...video, dynamicRange: "sdr", matrix: "bt709", isFullRange: false } as const),
          widthPx: clip.widthPx,
          heightPx: clip.heightPx,
        },
      };
      const publish = { put: (name: string, bytes: Uint8Array) => storage.put(this.#keyOf(name), bytes) };
      const isMade = await makePoster({ source, workDir, publish, signal: this.#closing.signal, config });
      this.#hasPoster = isMade || this.#hasPoster === true;
    });
  }

  /** Calls `use` with a file that plays these segments one after the other. */
  async #withClip(
    sources: readonly Source[],
    use: (
      path: string,
      dir: string,
      clip: { durationSeconds: number; widthPx: number; heightPx: number },
    ) => Promise<void>,
  ): Promise<void> {
    const { storage, tempDir } = this.#options;
    const head = sources[0] && (await storage.read(this.#keyOf(sources[0].head)));
    const segments = await Promise.all(sources.map(({ segment }) => storage.read(this.#keyOf(segment))));
    const found = segments.filter((segment) => segment !== undefined);
    if (!head || found.length === 0) return;
    const dir = await mkdtemp(join(tempDir, "pictures-"));
    try {
      const path = join(dir, "clip.mp4");
      const clip = joinSegments(head, found);
      await writeFile(path, clip.bytes);
      await use(path, dir, clip);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  #keyOf(path: string): string {
    return storageLayout.media(this.#options.broadcastId, this.#options.revision, path);
  }
}
