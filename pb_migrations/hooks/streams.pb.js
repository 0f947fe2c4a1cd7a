/// <reference path="../../data/pocketbase/types.d.ts" />

// Writes a stream when it is still in the state that the caller believes it in: of two who move it one does.
routerAdd(
  "POST",
  "/api/shoal/streams/{id}/move",
  (event) => {
    const { expectedState, changes } = event.requestInfo().body;
    if (typeof expectedState !== "string") throw new BadRequestError("expectedState must be a text");
    let moved = null;
    $app.runInTransaction((tx) => {
      // findRecordById throws when it is absent, and ends the transaction with it
      const stream = tx.findRecordsByIds("streams", [event.request.pathValue("id")])[0];
      if (!stream || stream.getString("state") !== expectedState) return;
      for (const [name, value] of Object.entries(changes)) stream.set(name, value);
      tx.save(stream);
      moved = stream;
    });
    return event.json(200, { stream: moved });
  },
  $apis.requireSuperuserAuth(),
);
