// runs before the first paint, so that the page never flashes in the wrong theme
(() => {
  try {
    const theme = localStorage.getItem("shoal.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // storage is closed: the system's theme it is
  }
})();
