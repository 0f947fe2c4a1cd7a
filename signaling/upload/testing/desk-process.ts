import { createPocketBaseService } from "#common/node/pocketbase.ts";
import { openFileStorage } from "#common/node/storage/file-storage.ts";
import { createPocketBaseJobOrders } from "../../videos/job-orders.ts";
import { createPocketBaseVideoStore } from "../../videos/videos.store.pocketbase.ts";
import { openUploadDesk } from "./upload-desk.ts";

/** A desk in a process of its own, to be killed; says its address in one line. */
const [directory = "", storageDirectory = "", url = "", email = "", password = ""] = process.argv.slice(2);
const service = createPocketBaseService({ url, email, password });
const desk = await openUploadDesk({
  directory,
  storage: await openFileStorage(storageDirectory),
  store: createPocketBaseVideoStore(service),
  jobs: createPocketBaseJobOrders(service),
});
process.stdout.write(`${desk.url}\n`);
