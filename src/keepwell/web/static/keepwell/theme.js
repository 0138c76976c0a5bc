// Sets the theme before the first paint, so that a dark page never flashes white.
(() => {
  let theme = "auto";
  try {
    theme = JSON.parse(localStorage.getItem("_x_adminTheme")) || "auto";
  } catch {
    theme = "auto";
  }
  const dark = theme === "dark" || (theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark", dark);
  // The shell takes over from here; it would never take away a class that it did not set itself.
  document.addEventListener("alpine:init", () => document.documentElement.classList.remove("dark"));
})();
