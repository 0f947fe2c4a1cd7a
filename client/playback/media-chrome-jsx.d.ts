import type { JSX } from "solid-js";

/** An element of media-chrome in JSX. What is computed needs `attr:`, else Solid sets a property. */
interface MediaChromeAttributes extends JSX.HTMLAttributes<HTMLElement> {
  readonly noautohide?: boolean | "";
  readonly notooltip?: boolean | "";
  readonly "attr:aria-label"?: string;
  readonly "attr:data-testid"?: string;
}

declare module "solid-js" {
  namespace JSX {
    interface IntrinsicElements {
      "media-controller": MediaChromeAttributes & {
        readonly nohotkeys?: boolean;
        readonly novolumepref?: boolean;
        readonly nomutedpref?: boolean;
        readonly nosubtitleslangpref?: boolean;
        readonly "attr:fullscreenelement"?: string;
        readonly autohide?: string;
        readonly breakpoints?: string;
      };
      "media-control-bar": MediaChromeAttributes;
      "media-play-button": MediaChromeAttributes;
      "media-mute-button": MediaChromeAttributes;
      "media-volume-range": MediaChromeAttributes;
      "media-time-range": MediaChromeAttributes;
      "media-preview-thumbnail": MediaChromeAttributes;
      "media-preview-time-display": MediaChromeAttributes;
      "media-pip-button": MediaChromeAttributes;
      "media-fullscreen-button": MediaChromeAttributes;
      "media-loading-indicator": MediaChromeAttributes & { readonly loadingdelay?: string };
      "media-poster-image": MediaChromeAttributes & { readonly src?: string };
      "media-settings-menu-button": MediaChromeAttributes;
      "media-settings-menu": MediaChromeAttributes & { readonly anchor?: string };
      "media-settings-menu-item": MediaChromeAttributes;
      "media-chrome-menu": MediaChromeAttributes;
      "media-chrome-menu-item": MediaChromeAttributes & {
        readonly type?: "radio" | "checkbox";
        readonly value?: string;
        "prop:checked"?: boolean;
      };
    }
  }
}
