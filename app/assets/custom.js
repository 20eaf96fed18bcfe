// Day or night as the reader's system has it, until the reader chooses.
(function () {
  document.documentElement.lang = "en";
  if (!localStorage.getItem(":solara:theme.variant")) {
    localStorage.setItem(":solara:theme.variant", JSON.stringify("auto"));
    theme.variant = "auto";
    const container = document.getElementById("app");
    if (inDarkMode() && container) {
      container.classList.replace("theme--light", "theme--dark");
    }
  }
})();
