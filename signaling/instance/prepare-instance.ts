import type { PocketBaseService } from "#common/node/pocketbase-ask.ts";
import { askPocketBase } from "#common/node/pocketbase-ask.ts";
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

/** Tells PocketBase where its mails' links must point, and makes the administrator of the settings. May be repeated. */
export async function prepareInstance(options: Preparation): Promise<void> {
  const { adminEmail, adminPassword } = options;
  const wanted = { appName: options.name, appURL: options.publicUrl };
  await askPocketBase(options.service, async (client) => {
    const { meta } = await client.settings.getAll({ fields: "meta.appName,meta.appURL" });
    if (meta?.appName === wanted.appName && meta.appURL === wanted.appURL) return;
    await client.settings.update({ meta: wanted });
  });
  if (adminEmail && adminPassword) await options.instance.ensureAdmin(adminEmail, adminPassword);
}
