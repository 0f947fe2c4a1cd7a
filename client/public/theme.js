// runs before the first paint, so that the page never flashes in the wrong theme
(() => {
  try {
    const theme = localStorage.getItem("shoal.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // storage is closed: the system's theme it is
  }
})();
// zod asks whether it may build functions from text; the page's security policy forbids that, and reports the question
globalThis.__zod_globalConfig = { jitless: true };
