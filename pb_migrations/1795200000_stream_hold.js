/// <reference path="../data/pocketbase/types.d.ts" />

// Who was sent away with the end of a broadcast and goes on sending must not begin the next one.
migrate(
  (app) => {
    const streams = app.findCollectionByNameOrId("streams");
    streams.fields.add(new DateField({ name: "heldUntil" }));
    app.save(streams);
  },
  (app) => {
    const streams = app.findCollectionByNameOrId("streams");
    streams.fields.removeByName("heldUntil");
    app.save(streams);
  },
);
