import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  firstWindowMs,
  isSending,
  type PublishEffect,
  type PublishEvent,
  type PublishLife,
  type PublishState,
  preparedLife,
  publishStates,
  stepPublish,
  toBackoffMs,
} from "./publish-life.ts";

/** A life with a clock that is moved by hand. */
function follow(options: { windowMs?: number } = {}) {
  let nowMs = 1_000_000;
  let life: PublishLife = preparedLife;
  const effects: PublishEffect[] = [];
  const tell = (event: PublishEvent) => {
    const step = stepPublish(life, event, { nowMs, windowMs: options.windowMs ?? 60_000, random: 0.5 });
    life = step.life;
    effects.push(...step.effects);
  };
  return {
    tell,
    tellName: (name: Exclude<PublishEvent["name"], "go" | "refused">) => tell({ name }),
    go: (isReturn = false) => tell({ name: "go", isReturn }),
    refuse: (
      code: "service.unavailable" | "stream.already_live" | "stream.wrong_key",
      retryAfterMs?: number,
    ) => tell({ name: "refused", code, canRetry: code === "service.unavailable", retryAfterMs }),
    /** Time passes; the timer comes when it is due. */
    pass(ms: number) {
      const untilMs = nowMs + ms;
      while (life.timerAtMs !== null && life.timerAtMs <= untilMs) {
        nowMs = life.timerAtMs;
        tell({ name: "timer" });
      }
      nowMs = untilMs;
    },
    takeEffects: () => effects.splice(0),
    get life() {
      return life;
    },
    get state() {
      return life.state;
    },
  };
}

function onAir(options?: { windowMs?: number }) {
  const it = follow(options);
  it.go();
  it.tellName("connected");
  it.takeEffects();
  return it;
}

describe("going on air", () => {
  it("takes one session", () => {
    const one = follow();
    one.go();
    expect(one.state).toBe("connecting");
    one.tellName("connected");
    expect(one.state).toBe("on_air");
    expect(one.takeEffects()).toEqual(["post"]);
  });

  it.each(["stream.wrong_key", "stream.already_live"] as const)("gives up at once on %s", (code) => {
    const one = follow();
    one.go();
    one.refuse(code);
    expect(one.life.end).toEqual({ reason: "refused", code });
    expect(one.takeEffects()).toEqual(["post", "hang_up"]);
  });

  it("tries again for a while when the server rests, then says so", () => {
    const one = follow();
    one.go();
    for (let tries = 0; tries < 30 && one.state !== "ended"; tries += 1) {
      one.refuse("service.unavailable");
      one.pass(5000);
    }
    expect(one.life.end).toEqual({ reason: "lost" });
    expect(one.takeEffects().filter((effect) => effect === "post").length).toBeGreaterThan(3);
  });

  it("does not wait for a connection for ever", () => {
    const one = follow();
    one.go();
    one.pass(firstWindowMs + 20_000);
    expect(one.life.end).toEqual({ reason: "lost" });
  });

  it("goes on after a reload although the server still sees the old session", () => {
    const one = follow();
    one.go(true);
    expect(one.state).toBe("rejoining");
    one.refuse("stream.already_live");
    expect(one.state).toBe("waiting");
    one.pass(1000);
    one.tellName("connected");
    expect(one.state).toBe("on_air");
  });
});

describe("losing the network", () => {
  it("gives a silent line two seconds", () => {
    const one = onAir();
    one.tellName("disconnected");
    one.pass(1900);
    expect(one.state).toBe("wavering");
    one.tellName("connected");
    one.pass(10_000);
    expect(one.state).toBe("on_air");
    expect(one.takeEffects()).toEqual([]);
  });

  it("then looks for another way, then for another session, with longer and longer breaks", () => {
    const one = onAir();
    one.tellName("disconnected");
    one.pass(2000);
    expect(one.state).toBe("restarting");
    expect(one.takeEffects()).toEqual(["restart_ice"]);
    one.pass(6000);
    expect(one.state).toBe("rejoining");
    one.refuse("service.unavailable");
    expect(one.takeEffects()).toEqual(["post", "hang_up"]);
    one.pass(500);
    expect(one.state).toBe("rejoining");
    one.refuse("service.unavailable");
    one.pass(900);
    expect(one.state).toBe("waiting");
    one.tellName("network_changed");
    expect(one.state).toBe("rejoining");
    one.tellName("connected");
    expect(one.life).toMatchObject({ state: "on_air", silentSinceMs: null, attempts: 0 });
  });

  it.each(["failed", "network_changed"] as const)("does not wait when the line is %s", (name) => {
    const one = onAir();
    one.tellName(name);
    expect(one.state).toBe("restarting");
  });

  it("opens a new session at once when the old one is not known any more", () => {
    const one = onAir();
    one.tellName("failed");
    one.tellName("restart_refused");
    expect(one.state).toBe("rejoining");
    expect(one.takeEffects()).toEqual(["restart_ice", "post"]);
  });

  it("waits as long as the server asks for", () => {
    const one = onAir();
    one.tellName("failed");
    one.tellName("restart_refused");
    one.refuse("service.unavailable", 4000);
    one.pass(3900);
    expect(one.state).toBe("waiting");
    one.pass(100);
    expect(one.state).toBe("rejoining");
  });

  it("is over when the window is, and never posts after it: that would be another broadcast", () => {
    const one = onAir({ windowMs: 10_000 });
    one.tellName("failed");
    one.pass(60_000);
    expect(one.life.end).toEqual({ reason: "lost" });
    one.takeEffects();
    one.tellName("network_changed");
    one.pass(60_000);
    expect(one.takeEffects()).toEqual([]);
  });

  it("may only restart where there is no window", () => {
    const one = onAir({ windowMs: 0 });
    one.tellName("disconnected");
    one.pass(2000);
    expect(one.state).toBe("restarting");
    one.pass(6000);
    expect(one.life.end).toEqual({ reason: "lost" });
    expect(one.takeEffects()).toEqual(["restart_ice", "hang_up"]);
  });
});

describe("the end", () => {
  it.each(["on_air", "wavering", "restarting", "rejoining", "waiting"] as const)(
    "can be asked for while %s",
    (state) => {
      const one = onAir();
      const road: Partial<Record<PublishState, () => void>> = {
        wavering: () => one.tellName("disconnected"),
        restarting: () => one.tellName("failed"),
        rejoining: () => [one.tellName("failed"), one.tellName("restart_refused")],
        waiting: () => [
          one.tellName("failed"),
          one.tellName("restart_refused"),
          one.refuse("service.unavailable"),
        ],
      };
      road[state]?.();
      expect(one.state).toBe(state);
      one.takeEffects();
      one.tellName("end");
      expect(one.life.end).toEqual({ reason: "asked" });
      expect(one.takeEffects()).toEqual(["delete"]);
      expect(isSending(one.life)).toBe(false);
    },
  );

  it("can come from elsewhere, and one may go on air again after any", () => {
    const one = onAir();
    one.tellName("closed");
    expect(one.life.end).toEqual({ reason: "elsewhere" });
    one.go();
    expect(one.life).toMatchObject({ state: "connecting", end: null });
  });
});

it("waits longer and longer, and never longer than a little over five seconds", () => {
  expect([1, 2, 3, 4, 5, 6].map((attempts) => toBackoffMs(attempts, 0.5))).toEqual([
    500, 1000, 2000, 4000, 5000, 5000,
  ]);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempts, random) => {
        const delayMs = toBackoffMs(attempts, random);
        expect(delayMs).toBeGreaterThan(300);
        expect(delayMs).toBeLessThanOrEqual(6250);
      },
    ),
  );
});

const names = [
  "connected",
  "disconnected",
  "failed",
  "restart_refused",
  "network_changed",
  "timer",
  "end",
  "closed",
] as const;

it("whatever happens, it ends: nothing is tried for longer than the window and one last try", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...names), { maxLength: 20 }), (events) => {
      const one = follow({ windowMs: 30_000 });
      one.go();
      for (const name of events) {
        one.tellName(name);
        expect(publishStates).toContain(one.state);
        expect(one.life.end !== null).toBe(one.state === "ended");
        one.pass(700);
      }
      if (one.state === "on_air") one.tellName("failed");
      one.pass(60_000);
      expect(one.state).toBe("ended");
    }),
  );
});
