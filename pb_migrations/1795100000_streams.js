/// <reference path="../data/pocketbase/types.d.ts" />

const closed = { listRule: null, viewRule: null, createRule: null, updateRule: null, deleteRule: null };
const timestamps = [
  { name: "created", type: "autodate", onCreate: true },
  { name: "updated", type: "autodate", onCreate: true, onUpdate: true },
];

// A stream stays and goes on air many times; what is on air now is its broadcast.
migrate(
  (app) => {
    const users = app.findCollectionByNameOrId("users");
    const videos = app.findCollectionByNameOrId("videos");
    const streams = new Collection({
      ...closed,
      type: "base",
      name: "streams",
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
        { name: "category", type: "text", max: 30 },
        { name: "language", type: "text", max: 35 },
        {
          name: "visibility",
          type: "select",
          required: true,
          maxSelect: 1,
          values: ["public", "unlisted", "private"],
        },
        { name: "mode", type: "select", required: true, maxSelect: 1, values: ["realtime", "crowd"] },
        {
          name: "state",
          type: "select",
          required: true,
          maxSelect: 1,
          values: ["idle", "live", "reconnecting", "ending"],
        },
        { name: "keyHash", type: "text", required: true, pattern: "^[0-9a-f]{64}$", hidden: true },
        { name: "keyHint", type: "text", max: 8 },
        { name: "scheduledAt", type: "date" },
        { name: "isRecorded", type: "bool" },
        { name: "dvrWindowSeconds", type: "number", onlyInt: true, min: 0 },
        { name: "reconnectWindowSeconds", type: "number", onlyInt: true, min: 0 },
        { name: "peersAllowed", type: "bool" },
        { name: "broadcastId", type: "text", max: 15 },
        { name: "revision", type: "text", max: 60 },
        { name: "startedAt", type: "date" },
        { name: "silentSince", type: "date" },
        { name: "lastVideo", type: "relation", collectionId: videos.id, maxSelect: 1 },
        ...timestamps,
      ],
      indexes: [
        "CREATE INDEX idx_streams_owner ON streams (owner, created)",
        "CREATE INDEX idx_streams_state ON streams (state)",
        "CREATE INDEX idx_streams_scheduled ON streams (visibility, scheduledAt)",
        "CREATE UNIQUE INDEX idx_streams_broadcast ON streams (broadcastId) WHERE broadcastId != ''",
      ],
    });
    app.save(streams);
    app.save(
      new Collection({
        ...closed,
        type: "base",
        name: "stream_targets",
        fields: [
          {
            name: "stream",
            type: "relation",
            collectionId: streams.id,
            required: true,
            maxSelect: 1,
            cascadeDelete: true,
          },
          { name: "name", type: "text", required: true, max: 60 },
          { name: "url", type: "text", required: true, max: 500 },
          { name: "keySealed", type: "text", required: true, hidden: true },
          { name: "isEnabled", type: "bool" },
          ...timestamps,
        ],
        indexes: ["CREATE INDEX idx_stream_targets_stream ON stream_targets (stream)"],
      }),
    );
  },
  (app) => {
    for (const name of ["stream_targets", "streams"]) app.delete(app.findCollectionByNameOrId(name));
  },
);
