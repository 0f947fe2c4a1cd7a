import { type Accessor, batch, createSignal } from "solid-js";
import type { PictureFacts } from "../publish/encodings.rules.ts";
import {
  defaultChoice,
  type StageChoice,
  type StageSource,
  toPictureSize,
  toScreenConstraints,
} from "./capture.rules.ts";
import { type CaptureKind, type CaptureProblem, toCaptureProblem } from "./capture-problem.ts";
import { type Composer, createComposer } from "./composer.ts";
import type { Scene } from "./composer-scene.ts";
import { openCamera, openMicrophone, openScreen } from "./open-media.ts";
import { type SoundInput, SoundMixer } from "./sound-mixer.ts";
import {
  chooseOutput,
  devicesOf,
  isReadyToShow,
  needsReopening,
  type OpenDevices,
  sourceWithoutScreen,
  toContentHint,
} from "./stage.rules.ts";

export interface StageWords {
  readonly title: string;
  readonly subtitle: string;
}

/** Volumes from 0 to 1.5. */
export type Volumes = Readonly<Record<SoundInput, number>>;

type Tracks = Partial<Record<"camera" | "screen" | "microphone" | "screenSound", MediaStreamTrack>>;

/** What viewers see when nothing moves but a wave needs no more pictures than this. */
const cardFrameRate = 10;

/**
 * What viewers will see and hear: opens devices, composes, mixes. One picture track, which may become another one, and one
 * sound track for ever. Closed by `close`: every light goes off.
 */
export function createStage(options: { choice?: StageChoice; words: StageWords }) {
  const [choice, setChoice] = createSignal(options.choice ?? defaultChoice);
  const [phase, setPhase] = createSignal<"empty" | "opening" | "open" | "closed">("empty");
  const [picture, setPicture] = createSignal<MediaStreamTrack>();
  const [problems, setProblems] = createSignal<Partial<Record<CaptureKind, CaptureProblem>>>({});
  const [isHidden, setIsHidden] = createSignal(false);
  const [muted, setMuted] = createSignal<Readonly<Record<SoundInput, boolean>>>({
    microphone: false,
    screen: false,
  });
  const [volumes, setVolumes] = createSignal<Volumes>({ microphone: 1, screen: 1 });
  const [open, setOpen] = createSignal<OpenDevices & { hasScreenSound: boolean }>({
    hasCamera: false,
    hasScreen: false,
    hasMicrophone: false,
    hasScreenSound: false,
  });
  const tracks: Tracks = {};
  let words = options.words;
  let mixer: SoundMixer | undefined;
  let composer: Composer | undefined;
  /** Openings come one after the other: two at once would fight for a camera. */
  let work: Promise<void> = Promise.resolve();

  function putTrack(name: keyof Tracks, track: MediaStreamTrack | undefined): void {
    tracks[name]?.stop();
    if (track) tracks[name] = track;
    else delete tracks[name];
    // `ended` is not fired by our own stop
    track?.addEventListener("ended", () => tracks[name] === track && lose(name));
    if (name === "microphone") mixer?.setInput("microphone", track);
    if (name === "screenSound") mixer?.setInput("screen", track);
    setOpen({
      hasCamera: tracks.camera !== undefined,
      hasScreen: tracks.screen !== undefined,
      hasMicrophone: tracks.microphone !== undefined,
      hasScreenSound: tracks.screenSound !== undefined,
    });
  }

  function note(kind: CaptureKind, problem: CaptureProblem | undefined): void {
    setProblems((before) => {
      const { [kind]: _, ...others } = before;
      return problem ? { ...others, [kind]: problem } : others;
    });
  }

  /** A device was taken away, or the browser's own bar ended the sharing: the show goes on with what is left. */
  function lose(name: keyof Tracks): void {
    batch(() => {
      putTrack(name, undefined);
      if (name === "screenSound") return;
      if (name === "screen") {
        putTrack("screenSound", undefined);
        setChoice((before) => ({ ...before, source: sourceWithoutScreen(before.source, open()) }));
      }
      note(name, { kind: name, code: name === "screen" ? "screen_ended" : "unplugged" });
      show();
    });
  }

  function toScene(): Scene {
    const { height, frameRate, corner, cameraSize } = choice();
    const isCard = isHidden() || (!tracks.camera && !tracks.screen);
    return {
      ...toPictureSize(height),
      frameRate: isCard ? cardFrameRate : Number(frameRate),
      corner,
      cameraSize,
      ...words,
    };
  }

  /** Puts the track that fits what is open and chosen before the viewers. */
  function show(): void {
    if (phase() === "closed") return;
    const output = chooseOutput(choice().source, open(), isHidden());
    if (output === "composed") {
      composer ??= createComposer(toScene());
      composer.setInput("screen", isHidden() ? undefined : tracks.screen);
      composer.setInput("camera", isHidden() ? undefined : tracks.camera);
      composer.setScene(toScene());
    }
    const track = output === "composed" ? composer?.track : tracks[output];
    if (track) track.contentHint = toContentHint(output, choice());
    setPicture(track);
    if (output !== "composed" && composer) {
      composer.close();
      composer = undefined;
    }
  }

  async function openDevice(kind: CaptureKind): Promise<void> {
    if (kind === "camera") {
      // many phones open one camera at a time
      putTrack("camera", undefined);
      putTrack("camera", await openCamera(choice()));
    } else if (kind === "microphone") {
      putTrack("microphone", undefined);
      putTrack("microphone", await openMicrophone(choice()));
    } else {
      const screen = await openScreen(choice());
      putTrack("screen", screen.picture);
      putTrack("screenSound", screen.sound);
    }
  }

  async function ensure(kind: CaptureKind, isForced: boolean): Promise<void> {
    if (tracks[kind] && !isForced) return;
    try {
      await openDevice(kind);
      note(kind, undefined);
    } catch (error) {
      note(kind, toCaptureProblem(kind, error));
    }
  }

  async function change(next: StageChoice, forced: readonly CaptureKind[] = []): Promise<void> {
    const before = choice();
    const wanted = devicesOf(next);
    mixer ??= new SoundMixer();
    setPhase((now) => (now === "empty" ? "opening" : now));
    setChoice(next);
    for (const kind of wanted) {
      await ensure(kind, forced.includes(kind) || needsReopening(kind, before, next));
      if (phase() === "closed") return closeTracks();
      // a picker that was closed leaves everything as it was
      if (kind === "screen" && !tracks.screen && problems().screen?.code === "cancelled") {
        setChoice({ ...next, source: before.source });
        break;
      }
    }
    if (before.height !== next.height || before.frameRate !== next.frameRate) {
      await tracks.screen?.applyConstraints(toScreenConstraints(next)).catch(() => {});
    }
    batch(() => {
      const kept = devicesOf(choice());
      for (const kind of ["camera", "microphone", "screen"] as const) {
        if (kept.includes(kind)) continue;
        if (tracks[kind]) putTrack(kind, undefined);
        if (kind === "screen" && tracks.screenSound) putTrack("screenSound", undefined);
        if (kind !== "screen" || problems().screen?.code !== "cancelled") note(kind, undefined);
      }
      show();
      setPhase(isReadyToShow(choice(), open()) || phase() === "open" ? "open" : "empty");
    });
    await mixer.resume();
  }

  function queue(next: () => Promise<void>): Promise<void> {
    work = work.then(() => (phase() === "closed" ? undefined : next()));
    return work;
  }

  function setVolume(input: SoundInput): void {
    mixer?.setVolume(input, muted()[input] ? 0 : volumes()[input]);
  }

  function closeTracks(): void {
    for (const track of Object.values(tracks)) track?.stop();
  }

  return {
    choice: choice satisfies Accessor<StageChoice>,
    /** `open`: there is something to show, and from then on there always is: the card, if nothing else. */
    phase,
    picture,
    problems,
    isHidden,
    muted,
    volumes,
    open,
    isReady: () => isReadyToShow(choice(), open()),
    /** Size and rate of what is shown now; a window that is shared changes its own. */
    readFacts(): PictureFacts {
      const { widthPx, heightPx } = toPictureSize(choice().height);
      const { width, height } = picture()?.getSettings() ?? {};
      return {
        widthPx: width || widthPx,
        heightPx: height || heightPx,
        frameRate: Number(choice().frameRate),
      };
    },
    /** The one sound track; there from the first choice on. */
    sound: () => mixer?.track,
    readMeter: (input?: SoundInput) => mixer?.readMeter(input) ?? 0,

    setSource: (source: StageSource) => queue(() => change({ ...choice(), source })),
    choose: (changes: Partial<StageChoice>) => queue(() => change({ ...choice(), ...changes })),
    /** Tries a device again, or asks for another screen. */
    retry: (kind: CaptureKind) => queue(() => change(choice(), [kind])),
    setWords(next: StageWords): void {
      words = next;
      composer?.setScene(toScene());
    },
    setHidden(hidden: boolean): void {
      setIsHidden(hidden);
      show();
    },
    setMuted(input: SoundInput, isMuted: boolean): void {
      setMuted((before) => ({ ...before, [input]: isMuted }));
      setVolume(input);
    },
    setVolume(input: SoundInput, volume: number): void {
      setVolumes((before) => ({ ...before, [input]: volume }));
      setVolume(input);
    },
    resumeSound: () => mixer?.resume(),
    /** Nothing is shown any more, and every light goes off; the next choice opens it again. */
    rest(): void {
      batch(() => {
        for (const name of ["camera", "screen", "microphone", "screenSound"] as const)
          putTrack(name, undefined);
        composer?.close();
        composer = undefined;
        setPicture(undefined);
        setProblems({});
        setIsHidden(false);
        setPhase("empty");
      });
    },
    close(): void {
      setPhase("closed");
      closeTracks();
      composer?.close();
      void mixer?.close();
      setPicture(undefined);
    },
  };
}
export type Stage = ReturnType<typeof createStage>;
