import type { JSX } from "solid-js";
import type { LiveMedia } from "./live-media.ts";

declare module "solid-js" {
  namespace JSX {
    interface IntrinsicElements {
      "live-media": JSX.HTMLAttributes<LiveMedia>;
    }
  }
}
