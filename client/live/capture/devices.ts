import { createSignal, onCleanup } from "solid-js";

/** A camera or microphone to choose from. */
export interface Device {
  readonly id: string;
  readonly label: string;
}

export interface DeviceList {
  readonly cameras: readonly Device[];
  readonly microphones: readonly Device[];
}

const wordOf = { videoinput: "Camera", audioinput: "Microphone" } as const;

/** The devices of one kind; before the first permission browsers give neither ids nor names. */
function pick(all: readonly MediaDeviceInfo[], kind: keyof typeof wordOf): Device[] {
  return all
    .filter((device) => device.kind === kind && device.deviceId !== "")
    .map(({ deviceId, label }, place) => ({ id: deviceId, label: label || `${wordOf[kind]} ${place + 1}` }));
}

/** What is plugged in, kept up to date; `onChange` hears of every change. Closed with the component. */
export function createDevices(onChange: (devices: DeviceList) => void) {
  const [devices, setDevices] = createSignal<DeviceList>({ cameras: [], microphones: [] });
  async function refresh(): Promise<DeviceList> {
    const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const list = { cameras: pick(all, "videoinput"), microphones: pick(all, "audioinput") };
    setDevices(list);
    return list;
  }
  const look = async () => onChange(await refresh());
  const onDevices = () => void look();
  if ("mediaDevices" in navigator) {
    navigator.mediaDevices.addEventListener("devicechange", onDevices);
    onCleanup(() => navigator.mediaDevices.removeEventListener("devicechange", onDevices));
    void refresh();
  }
  return { devices, refresh: () => void refresh() };
}
