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

// Names for the two buttons whose makers gave them none.
(function () {
  const names = {
    ".cw-theme button:not([aria-label])": "Day, night, or as the system has it",
    ".v-chip__close:not([aria-label])": "Take this change back",
  };
  let waiting = false;
  function name() {
    waiting = false;
    for (const [which, label] of Object.entries(names)) {
      document.querySelectorAll(which).forEach((button) => button.setAttribute("aria-label", label));
    }
  }
  new MutationObserver(() => {
    if (!waiting) {
      waiting = true;
      setTimeout(name, 100);
    }
  }).observe(document.body, { childList: true, subtree: true });
})();
