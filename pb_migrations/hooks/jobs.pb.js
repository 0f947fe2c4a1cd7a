/// <reference path="../../data/pocketbase/types.d.ts" />

// Jobs by lease, for the encoders: each call is one transaction. A handler sees nothing of this file's scope.

routerAdd(
  "POST",
  "/api/shoal/jobs/claim",
  (event) => {
    const leases = require(`${__hooks}/job-leases.js`);
    return event.json(200, leases.claim($app, event.requestInfo().body));
  },
  $apis.requireSuperuserAuth(),
);

routerAdd(
  "POST",
  "/api/shoal/jobs/keep",
  (event) => {
    const leases = require(`${__hooks}/job-leases.js`);
    return event.json(200, leases.keep($app, event.requestInfo().body));
  },
  $apis.requireSuperuserAuth(),
);

routerAdd(
  "POST",
  "/api/shoal/jobs/settle",
  (event) => {
    const leases = require(`${__hooks}/job-leases.js`);
    return event.json(200, leases.settle($app, event.requestInfo().body));
  },
  $apis.requireSuperuserAuth(),
);
