/// <reference path="../data/pocketbase/types.d.ts" />

// A job that has ended may leave stored media that nobody needs; when that was seen to, `sweptAt` says so.
migrate(
  (app) => {
    const jobs = app.findCollectionByNameOrId("jobs");
    jobs.fields.add(new DateField({ name: "sweptAt" }));
    jobs.addIndex("idx_jobs_unswept", false, "state, sweptAt, updated", "");
    app.save(jobs);
  },
  (app) => {
    const jobs = app.findCollectionByNameOrId("jobs");
    jobs.removeIndex("idx_jobs_unswept");
    jobs.fields.removeByName("sweptAt");
    app.save(jobs);
  },
);
