import type { Logger } from "#common/node/log.ts";
import { askPocketBase, type PocketBaseService } from "#common/node/pocketbase-ask.ts";
import type { InstanceService } from "./instance.service.ts";

/** What a database must know before people come. */
export interface Preparation {
  readonly service: PocketBaseService;
  readonly instance: Pick<InstanceService, "ensureAdmin">;
  readonly name: string;
  readonly publicUrl: string;
  readonly adminEmail: string;
  readonly adminPassword: string;
}

/**
 * Tells PocketBase where its mails' links must point, and makes the administrator of the settings. What is returned does
 * so when it is called, until it has worked once; who calls it meanwhile waits for the same work.
 */
export function createPreparation(options: Preparation, log: Logger): () => Promise<void> {
  let isDone = false;
  let running: Promise<void> | undefined;
  const run = async () => {
    try {
      await prepareInstance(options);
      isDone = true;
    } catch (error) {
      log.error({ err: error }, "the database could not be prepared");
    }
  };
  return async () => {
    if (isDone) return;
    running ??= run().finally(() => {
      running = undefined;
    });
    await running;
  };
}

async function prepareInstance(options: Preparation): Promise<void> {
  const { adminEmail, adminPassword } = options;
  const wanted = { appName: options.name, appURL: options.publicUrl };
  await askPocketBase(options.service, async (client) => {
    const { meta } = await client.settings.getAll({ fields: "meta.appName,meta.appURL" });
    if (meta?.appName === wanted.appName && meta.appURL === wanted.appURL) return;
    await client.settings.update({ meta: wanted });
  });
  if (adminEmail && adminPassword) await options.instance.ensureAdmin(adminEmail, adminPassword);
}
