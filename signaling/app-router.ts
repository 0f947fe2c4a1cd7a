import { createAccountsRouter } from "./accounts/accounts.router.ts";
import type { AccountsService } from "./accounts/accounts.service.ts";
import { createDiscoveryRouter } from "./discovery/discovery.router.ts";
import type { DiscoveryService } from "./discovery/discovery.service.ts";
import { router } from "./http/trpc.ts";
import { createInstanceRouter } from "./instance/instance.router.ts";
import type { InstanceService } from "./instance/instance.service.ts";
import { createStreamsRouter, type StreamServices } from "./live/streams.router.ts";
import { createPlaybackRouter } from "./playback/playback.router.ts";
import type { PlaybackService } from "./playback/playback.service.ts";
import { createVideosRouter } from "./videos/videos.router.ts";
import type { VideoService } from "./videos/videos.service.ts";

/** The services behind the doors of all rooms. */
export interface AppServices {
  readonly accounts: AccountsService;
  readonly instance: InstanceService;
  readonly videos: VideoService;
  readonly discovery: DiscoveryService;
  readonly playback: PlaybackService;
  readonly streams: StreamServices;
}

/** All procedures of the front desk: tRPC, REST and OpenAPI are made of this one router. */
export function createAppRouter(services: AppServices) {
  return router({
    accounts: createAccountsRouter(services.accounts),
    instance: createInstanceRouter(services.instance),
    videos: createVideosRouter(services.videos),
    discovery: createDiscoveryRouter(services.discovery),
    playback: createPlaybackRouter(services.playback),
    streams: createStreamsRouter(services.streams),
  });
}

/** What the page knows of the front desk. */
export type AppRouter = ReturnType<typeof createAppRouter>;
