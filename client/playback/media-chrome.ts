// The controls that the player uses. Each import defines one custom element; their shadow styles are part of the
// content security policy, which `csp-style-hashes.ts` works out from this same list.

export { default as MediaControlBar } from "media-chrome/media-control-bar";
export { MediaController } from "media-chrome/media-controller";
export { default as MediaFullscreenButton } from "media-chrome/media-fullscreen-button";
export { default as MediaLoadingIndicator } from "media-chrome/media-loading-indicator";
export { default as MediaMuteButton } from "media-chrome/media-mute-button";
export { default as MediaPipButton } from "media-chrome/media-pip-button";
export { MediaPlayButton } from "media-chrome/media-play-button";
export { default as MediaPosterImage } from "media-chrome/media-poster-image";
export { default as MediaPreviewThumbnail } from "media-chrome/media-preview-thumbnail";
export { default as MediaPreviewTimeDisplay } from "media-chrome/media-preview-time-display";
export { default as MediaTimeRange } from "media-chrome/media-time-range";
export { default as MediaVolumeRange } from "media-chrome/media-volume-range";
export { MediaChromeMenu } from "media-chrome/menu/media-chrome-menu";
export { MediaChromeMenuItem } from "media-chrome/menu/media-chrome-menu-item";
export { MediaSettingsMenu } from "media-chrome/menu/media-settings-menu";
export { MediaSettingsMenuButton } from "media-chrome/menu/media-settings-menu-button";
export { MediaSettingsMenuItem } from "media-chrome/menu/media-settings-menu-item";
