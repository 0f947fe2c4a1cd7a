/// <reference path="../data/pocketbase/types.d.ts" />

// Every rule stays null: only Shoal itself (a superuser) reads and writes. What people may see and do is decided in
// the front desk; `authRule` alone is open, so that a token of PocketBase can be had and renewed.

const closed = { listRule: null, viewRule: null, createRule: null, updateRule: null, deleteRule: null };
const timestamps = [
  { name: "created", type: "autodate", onCreate: true },
  { name: "updated", type: "autodate", onCreate: true, onUpdate: true },
];

function mail(subject, sentence, label, path) {
  return {
    subject,
    body: `<p>Hello,</p>\n<p>${sentence}</p>\n<p><a class="btn" href="{APP_URL}${path}#{TOKEN}" target="_blank" rel="noopener">${label}</a></p>\n<p>If you did not ask for this, you can ignore this mail.</p>`,
  };
}

migrate(
  (app) => {
    const users = app.findCollectionByNameOrId("users");
    Object.assign(users, closed, { manageRule: null, authRule: "" });
    users.fields.removeByName("name");
    users.fields.removeByName("avatar");
    users.fields.add(
      new TextField({ name: "handle", required: true, max: 30, pattern: "^[a-z0-9][a-z0-9_-]{2,29}$" }),
      new TextField({ name: "displayName", max: 60 }),
      new TextField({ name: "bio", max: 1000 }),
      new SelectField({
        name: "role",
        required: true,
        maxSelect: 1,
        values: ["viewer", "creator", "moderator", "admin"],
      }),
      new NumberField({ name: "storedBytes", onlyInt: true, min: 0 }),
    );
    // nobody remembers which letters of their mail address they wrote large
    const emailIndex = users.indexes.find((index) => index.includes("(`email`)"));
    const nameOfEmailIndex = /INDEX `(\w+)`/.exec(emailIndex)[1];
    users.removeIndex(nameOfEmailIndex);
    users.addIndex(nameOfEmailIndex, true, "`email` COLLATE NOCASE", "`email` != ''");
    users.addIndex("idx_users_handle", true, "handle", "");
    users.addIndex("idx_users_role", false, "role", "");
    // a month; who logs out, or changes the password, ends it at once
    users.authToken.duration = 30 * 24 * 60 * 60;
    // the front desk is the only address that PocketBase sees: an alert about "a new place" would say nothing
    users.authAlert.enabled = false;
    Object.assign(
      users.verificationTemplate,
      mail(
        "Verify your mail address for {APP_NAME}",
        "Press the button to verify your mail address.",
        "Verify",
        "/verify",
      ),
    );
    Object.assign(
      users.resetPasswordTemplate,
      mail(
        "Reset your {APP_NAME} password",
        "Press the button to choose a new password.",
        "Choose a password",
        "/reset-password",
      ),
    );
    app.save(users);

    const videos = new Collection({
      ...closed,
      type: "base",
      name: "videos",
      fields: [
        {
          name: "owner",
          type: "relation",
          collectionId: users.id,
          required: true,
          maxSelect: 1,
          cascadeDelete: true,
        },
        { name: "title", type: "text", required: true, max: 150 },
        { name: "description", type: "text", max: 10000 },
        { name: "tags", type: "json" },
        { name: "category", type: "text", max: 30 },
        { name: "language", type: "text", max: 35 },
        {
          name: "visibility",
          type: "select",
          required: true,
          maxSelect: 1,
          values: ["public", "unlisted", "private"],
        },
        {
          name: "state",
          type: "select",
          required: true,
          maxSelect: 1,
          values: ["draft", "uploading", "queued", "encoding", "playable", "ready", "failed"],
        },
        { name: "errorCode", type: "text" },
        { name: "errorMessage", type: "text" },
        { name: "step", type: "text" },
        { name: "progress", type: "number", min: 0, max: 1 },
        { name: "durationSeconds", type: "number", min: 0 },
        { name: "aspectRatio", type: "number", min: 0 },
        { name: "renditions", type: "json" },
        { name: "audioTracks", type: "json" },
        { name: "captions", type: "json" },
        { name: "revision", type: "text" },
        { name: "masterName", type: "text" },
        { name: "posterRevision", type: "text" },
        { name: "hasStoryboard", type: "bool" },
        { name: "peersAllowed", type: "bool" },
        { name: "fileName", type: "text", max: 255 },
        { name: "sizeBytes", type: "number", onlyInt: true, min: 0 },
        { name: "originalSha256", type: "text", max: 64 },
        { name: "viewCount", type: "number", onlyInt: true, min: 0 },
        { name: "publishedAt", type: "date" },
        ...timestamps,
      ],
      indexes: [
        "CREATE INDEX idx_videos_owner ON videos (owner, created)",
        "CREATE INDEX idx_videos_newest ON videos (visibility, state, publishedAt)",
        "CREATE INDEX idx_videos_popular ON videos (visibility, state, viewCount)",
      ],
    });
    app.save(videos);

    app.save(
      new Collection({
        ...closed,
        type: "base",
        name: "jobs",
        fields: [
          { name: "kind", type: "text", required: true },
          {
            name: "video",
            type: "relation",
            collectionId: videos.id,
            required: true,
            maxSelect: 1,
            cascadeDelete: true,
          },
          {
            name: "state",
            type: "select",
            required: true,
            maxSelect: 1,
            values: ["waiting", "running", "done", "failed", "cancelled"],
          },
          { name: "priority", type: "number" },
          { name: "attempt", type: "number", onlyInt: true, min: 0 },
          { name: "maxAttempts", type: "number", onlyInt: true, min: 0 },
          { name: "progress", type: "number", min: 0, max: 1 },
          { name: "step", type: "text" },
          { name: "doneParts", type: "json" },
          { name: "errorCode", type: "text" },
          { name: "errorMessage", type: "text" },
          { name: "leaseOwner", type: "text" },
          { name: "leaseToken", type: "text" },
          { name: "leaseExpiresAt", type: "date" },
          { name: "notBefore", type: "date" },
          ...timestamps,
        ],
        indexes: [
          "CREATE INDEX idx_jobs_next ON jobs (state, priority)",
          "CREATE INDEX idx_jobs_video ON jobs (video)",
        ],
      }),
    );

    app.save(
      new Collection({
        ...closed,
        type: "base",
        name: "watch_progress",
        fields: [
          {
            name: "user",
            type: "relation",
            collectionId: users.id,
            required: true,
            maxSelect: 1,
            cascadeDelete: true,
          },
          {
            name: "video",
            type: "relation",
            collectionId: videos.id,
            required: true,
            maxSelect: 1,
            cascadeDelete: true,
          },
          { name: "positionSeconds", type: "number", min: 0 },
          ...timestamps,
        ],
        indexes: [
          "CREATE UNIQUE INDEX idx_watch_progress_pair ON watch_progress (user, video)",
          "CREATE INDEX idx_watch_progress_video ON watch_progress (video)",
        ],
      }),
    );

    app.save(
      new Collection({
        ...closed,
        type: "base",
        name: "revoked_tokens",
        fields: [
          { name: "tokenHash", type: "text", required: true, pattern: "^[0-9a-f]{64}$" },
          { name: "expiresAt", type: "date", required: true },
        ],
        indexes: [
          "CREATE UNIQUE INDEX idx_revoked_tokens_hash ON revoked_tokens (tokenHash)",
          "CREATE INDEX idx_revoked_tokens_expiry ON revoked_tokens (expiresAt)",
        ],
      }),
    );
  },
  (app) => {
    for (const name of ["revoked_tokens", "watch_progress", "jobs", "videos"]) {
      app.delete(app.findCollectionByNameOrId(name));
    }
    const users = app.findCollectionByNameOrId("users");
    for (const index of ["idx_users_handle", "idx_users_role"]) users.removeIndex(index);
    for (const field of ["handle", "displayName", "bio", "role", "storedBytes"])
      users.fields.removeByName(field);
    app.save(users);
  },
);
