/** While something is on air: the screen stays on, and closing the tab asks first. Answers how to stop. */
export function stayAwake(): () => void {
  let lock: WakeLockSentinel | undefined;
  let isOver = false;
  const warn = (event: BeforeUnloadEvent) => event.preventDefault();
  const hold = async () => {
    // a lock goes when the page is hidden, and is taken again when it is back
    if (!("wakeLock" in navigator) || document.visibilityState !== "visible") return;
    const taken = await navigator.wakeLock.request("screen").catch(() => undefined);
    if (isOver) void taken?.release();
    else lock = taken;
  };
  const onVisibility = () => void hold();
  window.addEventListener("beforeunload", warn);
  document.addEventListener("visibilitychange", onVisibility);
  void hold();
  return () => {
    isOver = true;
    window.removeEventListener("beforeunload", warn);
    document.removeEventListener("visibilitychange", onVisibility);
    void lock?.release();
  };
}
