import type {
  LiveEngine,
  LiveEngineEvents,
  LiveEngineFailure,
  LiveQuality,
  LiveWay,
} from "../live-engine.port.ts";
import type { LiveMedia } from "./live-media.ts";
import { TimerSet } from "./timer-set.ts";

/** What a relay tells its owner. */
export interface EngineRelayEvents {
  /** A picture of this way is on screen now. */
  shown(engine: LiveEngine): void;
  /** The picture on screen stands still, or goes on. */
  interrupted(): void;
  resumed(): void;
  /** `isShown`: it is the one on screen, which stays until another takes over. `unreachable`: it did not begin in time. */
  failed(way: LiveWay, failure: LiveEngineFailure, isShown: boolean): void;
  qualitiesKnown(qualities: readonly LiveQuality[]): void;
  peersChanged(peerCount: number): void;
  /** The element on screen has a source and may be told to play. */
  sourced(): void;
}

/** An engine on its way to the screen, or on it. */
interface Runner {
  readonly way: LiveWay;
  readonly video: HTMLVideoElement;
  engine: LiveEngine | undefined;
  hasStarted: boolean;
  isClosed: boolean;
  qualities: readonly LiveQuality[];
}

/** For so long the one that leaves stays below the one that came: two pictures, or the tab is hidden. */
const leaveMs = 120;

/**
 * At most two engines: one on screen, and one that begins behind it and takes over with its first frame. With nothing on
 * screen the one that begins is in front from the start.
 */
export class EngineRelay {
  readonly #media: LiveMedia;
  readonly #create: (way: LiveWay, video: HTMLVideoElement, events: LiveEngineEvents) => Promise<LiveEngine>;
  readonly #events: EngineRelayEvents;
  readonly #timers = new TimerSet();
  #shown: Runner | undefined;
  #coming: Runner | undefined;
  #leaving: Runner | undefined;

  constructor(options: {
    readonly media: LiveMedia;
    /** Throws where the browser cannot. */
    readonly create: (way: LiveWay, video: HTMLVideoElement, events: LiveEngineEvents) => Promise<LiveEngine>;
    readonly events: EngineRelayEvents;
  }) {
    this.#media = options.media;
    this.#create = options.create;
    this.#events = options.events;
  }

  /** The engine whose picture is on screen. */
  get shown(): LiveEngine | undefined {
    return this.#shown?.engine;
  }

  /** The way that is on its way. */
  get comingWay(): LiveWay | undefined {
    return this.#coming?.way;
  }

  /** Begins a way behind what is on screen; the same way anew where it is on screen already. */
  begin(way: LiveWay, limitMs: number): void {
    this.drop();
    this.#leave();
    const video = this.#shown ? this.#media.back : this.#media.front;
    const runner: Runner = {
      way,
      video,
      engine: undefined,
      hasStarted: false,
      isClosed: false,
      qualities: [],
    };
    this.#coming = runner;
    this.#timers.after("start", limitMs, () => this.#events.failed(way, "unreachable", false));
    this.#create(way, video, this.#toEvents(runner)).then(
      (engine) => {
        runner.engine = engine;
        if (runner.isClosed) engine.close();
        else if (runner.hasStarted) this.#promote(runner, engine);
      },
      () => {
        if (!runner.isClosed) this.#events.failed(way, "unsupported", false);
      },
    );
  }

  /** Gives up what was on its way. */
  drop(): void {
    this.#timers.stop("start");
    if (this.#coming) closeRunner(this.#coming);
    this.#coming = undefined;
  }

  /** Ends all of it; the screen is empty. */
  close(): void {
    this.drop();
    this.#leave();
    if (this.#shown) closeRunner(this.#shown);
    this.#shown = undefined;
  }

  #toEvents(runner: Runner): LiveEngineEvents {
    const isShown = () => runner === this.#shown;
    const ifShown = (act: () => void) => () => {
      if (isShown()) act();
    };
    return {
      sourced: () => {
        if (runner.isClosed) return;
        // behind the screen it is mute, and may always play
        if (runner.video === this.#media.back) runner.video.play().catch(() => {});
        else this.#events.sourced();
      },
      started: () => {
        if (runner.isClosed || runner.hasStarted) return;
        runner.hasStarted = true;
        if (runner.engine) this.#promote(runner, runner.engine);
      },
      interrupted: ifShown(() => this.#events.interrupted()),
      resumed: ifShown(() => this.#events.resumed()),
      failed: (failure) => {
        if (!runner.isClosed) this.#events.failed(runner.way, failure, isShown());
      },
      qualitiesKnown: (qualities) => {
        runner.qualities = qualities;
        if (isShown()) this.#events.qualitiesKnown(qualities);
      },
      peersChanged: (count) => {
        if (isShown()) this.#events.peersChanged(count);
      },
    };
  }

  /** A first frame may be followed by a seek to where it shall begin: nothing is shown that could turn black again. */
  #promote(runner: Runner, engine: LiveEngine): void {
    if (runner !== this.#coming) return;
    const { video } = runner;
    const isSteady = !video.seeking && video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA;
    if (this.#shown && !isSteady) {
      video.addEventListener(video.seeking ? "seeked" : "canplay", () => this.#promote(runner, engine), {
        once: true,
      });
      return;
    }
    this.#timers.stop("start");
    this.#coming = undefined;
    this.#leaving = this.#shown;
    this.#shown = runner;
    if (video !== this.#media.front) this.#media.swap();
    this.#timers.after("leave", leaveMs, () => this.#leave());
    this.#events.qualitiesKnown(runner.qualities);
    this.#events.shown(engine);
  }

  #leave(): void {
    this.#timers.stop("leave");
    if (this.#leaving) closeRunner(this.#leaving);
    this.#leaving = undefined;
  }
}

function closeRunner(runner: Runner): void {
  runner.isClosed = true;
  runner.engine?.close();
}
