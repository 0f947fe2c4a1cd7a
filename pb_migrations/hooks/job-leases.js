// What encoder/jobs/job-queue.port.ts promises, inside PocketBase: its memory driver does the same in TypeScript, and
// one suite runs over both. Records are saved one by one so that the realtime feed tells of each.

const maxLeaseMs = 10 * 60 * 1000;
const candidatesPerClaim = 20;
/** States of a video in which an encode may write to it. */
const encodeStates = ["queued", "encoding", "playable"];
const thumbnailPrefix = "thumb-";
const patchFields = [
  "state",
  "durationSeconds",
  "aspectRatio",
  "renditions",
  "audioTracks",
  "captions",
  "revision",
  "masterName",
  "posterRevision",
  "hasStoryboard",
];

/** Takes the next job for `owner`; `{ job: null }` when there is none. */
function claim(app, body) {
  const owner = textOf(body, "owner");
  const leaseMs = leaseMsOf(body);
  const ageingPerSecond = Number(body.ageingPerSecond);
  // most calls find nothing: they need not wait for the one writer
  if (listCandidates(app, ageingPerSecond).length === 0) return { job: null };
  let claimed = null;
  app.runInTransaction((tx) => {
    for (const { id } of listCandidates(tx, ageingPerSecond)) {
      const job = tx.findRecordById("jobs", id);
      if (!isWorthAnAttempt(tx, job, body.interrupted)) continue;
      job.set("state", "running");
      job.set("attempt", job.getInt("attempt") + 1);
      job.set("leaseOwner", owner);
      job.set("leaseToken", $security.randomString(32));
      job.set("leaseExpiresAt", toDate(Date.now() + leaseMs));
      job.set("notBefore", "");
      tx.save(job);
      if (job.getString("kind") === "encode") moveVideo(tx, job, "queued", "encoding");
      claimed = job;
      return;
    }
  });
  return { job: claimed };
}

/** Renews a lease and writes how far the job is. */
function keep(app, body) {
  const leaseMs = leaseMsOf(body);
  return underLease(app, body, (tx, job) => {
    if (job.getString("state") !== "running") return "lost";
    const doneParts = Array.isArray(body.doneParts) ? body.doneParts.map(String) : [];
    // an attempt that finished something did not fail: the count starts anew
    if (doneParts.length > listOf(job, "doneParts").length) job.set("attempt", 1);
    job.set("doneParts", doneParts);
    job.set("progress", clampProgress(body.progress));
    job.set("step", String(body.step || ""));
    job.set("leaseExpiresAt", toDate(Date.now() + leaseMs));
    tx.save(job);
    return patchVideo(tx, job, body.video) ? "kept" : "cancelled";
  });
}

/** Ends an attempt: done, failed, to be tried again, or given back. */
function settle(app, body) {
  const result = textOf(body, "result");
  return underLease(app, body, (tx, job) => {
    // settled before: the answer was lost on its way
    if (job.getString("state") !== "running") return "kept";
    if (result === "done") {
      job.set("progress", 1);
      end(tx, job, "done", "", "");
      return patchVideo(tx, job, body.video) ? "kept" : "cancelled";
    }
    if (result === "released") {
      job.set("attempt", Math.max(0, job.getInt("attempt") - 1));
      wait(tx, job, "");
      return "kept";
    }
    if (result !== "failed") throw new BadRequestError("unknown result");
    const code = textOf(body, "code");
    const message = textOf(body, "message");
    if (body.isRetryable === true && job.getInt("attempt") < job.getInt("maxAttempts")) {
      job.set("errorCode", code);
      job.set("errorMessage", message);
      wait(tx, job, toDate(Date.now() + Number(body.retryDelayMs)));
    } else fail(tx, job, code, message);
    return "kept";
  });
}

/** Runs `work` for who holds the job's present lease, and gives its answer. */
function underLease(app, body, work) {
  const id = textOf(body, "id");
  const leaseToken = textOf(body, "leaseToken");
  let answer = "lost";
  app.runInTransaction((tx) => {
    const job = find(tx, "jobs", id);
    if (!job || !$security.equal(job.getString("leaseToken"), leaseToken)) return;
    answer = job.getString("state") === "cancelled" ? "cancelled" : work(tx, job);
    // nothing is written for a video that is not to be encoded any more
    if (answer === "cancelled" && job.getString("state") !== "cancelled") {
      const fresh = tx.findRecordById("jobs", id);
      end(tx, fresh, "cancelled", "", "");
    }
  });
  return { answer };
}

/**
 * Jobs that may run now, in the order of encoder/jobs/job-queue.rules.ts: lost ones first, then cost less age, plus the cost
 * of the same account's jobs that are before it. One video has one running job of a kind at a time.
 */
function listCandidates(app, ageingPerSecond) {
  const found = arrayOf(new DynamicModel({ id: "" }));
  app
    .db()
    .newQuery(
      `SELECT id FROM (
        SELECT id, kind, video, state, leaseExpiresAt, notBefore, videoState, ordered.key + COALESCE(
          SUM(priority + 1) OVER (
            PARTITION BY owner ORDER BY state = 'running' DESC, ordered.key, id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
          ), 0) AS rank
        FROM (
          SELECT jobs.id, jobs.kind, jobs.video, jobs.state, jobs.priority, jobs.leaseExpiresAt, jobs.notBefore,
            videos.owner, videos.state AS videoState,
            jobs.priority + {:ageing} * julianday(jobs.created) * 86400 AS key
          FROM jobs JOIN videos ON videos.id = jobs.video
          WHERE jobs.state IN ('waiting', 'running')
        ) AS ordered
      ) AS job
      WHERE (state = 'running' AND leaseExpiresAt <= {:now})
        OR (state = 'waiting' AND notBefore <= {:now}
          AND (kind != 'encode' OR videoState IN ('queued', 'encoding', 'playable'))
          AND NOT EXISTS (
            SELECT 1 FROM jobs AS other
            WHERE other.video = job.video AND other.kind = job.kind AND other.state = 'running'
          ))
      ORDER BY state = 'running' DESC, rank, id
      LIMIT {:limit}`,
    )
    .bind({ ageing: ageingPerSecond, now: toDate(Date.now()), limit: candidatesPerClaim })
    .all(found);
  return found;
}

/** Settles a job whose encoder was lost and that must not run again, and says so. */
function isWorthAnAttempt(tx, job, interrupted) {
  if (job.getString("kind") === "encode") {
    const video = tx.findRecordById("videos", job.getString("video"));
    if (!encodeStates.includes(video.getString("state"))) {
      end(tx, job, "cancelled", "", "");
      return false;
    }
  }
  if (job.getInt("attempt") < job.getInt("maxAttempts")) return true;
  fail(tx, job, textOf(interrupted, "code"), textOf(interrupted, "message"));
  return false;
}

function end(tx, job, state, code, message) {
  job.set("state", state);
  job.set("step", "");
  job.set("errorCode", code);
  job.set("errorMessage", message);
  tx.save(job);
}

function wait(tx, job, notBefore) {
  job.set("state", "waiting");
  job.set("step", "");
  job.set("notBefore", notBefore);
  tx.save(job);
  if (job.getString("kind") === "encode") moveVideo(tx, job, "encoding", "queued");
}

/** Fails a job and, when it was the encode, its video: nothing of what was published stays to be watched. */
function fail(tx, job, code, message) {
  end(tx, job, "failed", code, message);
  const video = job.getString("kind") === "encode" ? find(tx, "videos", job.getString("video")) : null;
  if (!video || !encodeStates.includes(video.getString("state"))) return;
  const nothing = { step: "", revision: "", masterName: "", renditions: [], audioTracks: [], captions: [] };
  for (const [name, value] of Object.entries(nothing)) video.set(name, value);
  if (video.getString("posterRevision") === job.id) video.set("posterRevision", "");
  video.set("hasStoryboard", false);
  video.set("state", "failed");
  video.set("errorCode", code);
  video.set("errorMessage", message);
  tx.save(video);
}

function moveVideo(tx, job, from, to) {
  const video = find(tx, "videos", job.getString("video"));
  if (!video || video.getString("state") !== from) return;
  video.set("state", to);
  video.set("step", "");
  tx.save(video);
}

/** Writes what a job says about its video; false when the video is not to be written to any more. */
function patchVideo(tx, job, patch) {
  const video = find(tx, "videos", job.getString("video"));
  if (!video) return false;
  const isEncode = job.getString("kind") === "encode";
  if (isEncode && !encodeStates.includes(video.getString("state"))) return false;
  if (isEncode) {
    video.set("progress", job.getFloat("progress"));
    video.set("step", job.getString("step"));
  }
  for (const name of patchFields) {
    if (patch?.[name] === undefined) continue;
    const isOwnPicture = isEncode && video.getString("posterRevision").startsWith(thumbnailPrefix);
    if (name === "posterRevision" && isOwnPicture) continue;
    video.set(name, patch[name]);
  }
  tx.save(video);
  return true;
}

function find(tx, collection, id) {
  // findRecordById throws when it is absent, and ends the transaction with it
  return tx.findRecordsByIds(collection, [id])[0] || null;
}

function listOf(record, name) {
  const text = record.getString(name);
  return (text && JSON.parse(text)) || [];
}

function toDate(ms) {
  return new Date(ms).toISOString().replace("T", " ");
}

function clampProgress(value) {
  return Math.min(1, Math.max(0, Number(value) || 0));
}

function textOf(body, name) {
  const value = body[name];
  if (typeof value !== "string" || value === "") throw new BadRequestError(`${name} must be a text`);
  return value;
}

function leaseMsOf(body) {
  const value = Number(body.leaseMs);
  if (!(value > 0 && value <= maxLeaseMs)) throw new BadRequestError("leaseMs must be a time");
  return value;
}

module.exports = { claim, keep, settle };
