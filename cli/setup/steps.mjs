import { stderr } from "node:process";
import { SetupError } from "./setup-error.mjs";

/**
 * @typedef {object} Progress
 * @property {(what: string, ratio?: number) => void} say what is done now, and how much of it is done (0 to 1)
 *
 * @typedef {object} Step
 * @property {string} name
 * @property {(progress: Progress) => Promise<string>} run does what is missing; answers in a few words what is there
 */

const spinner = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
const frameMs = 100;
const plainLineEveryMs = 10_000;

/**
 * Runs the steps one after the other and shows each one's progress: a moving line on a terminal, plain lines
 * otherwise, always on standard error: standard output belongs to the command. Throws the first step's error.
 * @param {Step[]} steps
 */
export async function runSteps(steps) {
  for (const step of steps) {
    const startedAt = Date.now();
    const display = stderr.isTTY ? createMovingLine(step.name) : createPlainLines(step.name);
    try {
      const found = await step.run(display);
      display.end(`✓ ${step.name}: ${found} (${toDurationText(Date.now() - startedAt)})`);
    } catch (error) {
      display.end(`✗ ${step.name} (${toDurationText(Date.now() - startedAt)})`);
      throw error instanceof SetupError
        ? error
        : new Error(`the step "${step.name}" broke`, { cause: error });
    }
  }
}

/** @param {string} name */
function createMovingLine(name) {
  let text = "";
  let frame = 0;
  const draw = () => {
    const line = `${spinner[frame++ % spinner.length]} ${name}: ${text}`;
    stderr.write(`\r\x1b[2K${line.slice(0, (stderr.columns || 80) - 1)}`);
  };
  const timer = setInterval(draw, frameMs);
  timer.unref();
  return {
    /** @type {Progress["say"]} */
    say(what, ratio) {
      text = toProgressText(what, ratio);
    },
    /** @param {string} line */
    end(line) {
      clearInterval(timer);
      stderr.write(`\r\x1b[2K${line}\n`);
    },
  };
}

/** @param {string} name */
function createPlainLines(name) {
  let lastWhat = "";
  let lastAt = 0;
  return {
    /** @type {Progress["say"]} */
    say(what, ratio) {
      if (what === lastWhat && Date.now() - lastAt < plainLineEveryMs) return;
      lastWhat = what;
      lastAt = Date.now();
      console.error(`… ${name}: ${toProgressText(what, ratio)}`);
    },
    /** @param {string} line */
    end(line) {
      console.error(line);
    },
  };
}

/** @param {string} what @param {number} [ratio] */
function toProgressText(what, ratio) {
  return ratio === undefined ? what : `${what} (${Math.floor(Math.min(1, ratio) * 100)} %)`;
}

/** @param {number} durationMs */
export function toDurationText(durationMs) {
  if (durationMs < 1000) return `${durationMs} ms`;
  const seconds = durationMs / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
