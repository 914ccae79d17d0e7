// Loaded before the page is drawn, so that it never flashes in the other colours.
(() => {
  const KEY = 'troupe-theme';
  const NEXT = { auto: 'light', light: 'dark', dark: 'auto' };
  const LABELS = { auto: 'Auto', light: 'Light', dark: 'Dark' };
  const listeners = new Set();
  let theme = 'auto';
  try {
    // Whatever else may stand there.
    const stored = localStorage.getItem(KEY);
    if (stored in NEXT) theme = stored;
  } catch {
    // Where nothing is stored, it is as the system has it.
  }

  function show() {
    const { documentElement } = document;
    if (theme === 'auto') delete documentElement.dataset.theme;
    else documentElement.dataset.theme = theme;
    for (const listener of listeners) listener(LABELS[theme]);
  }

  window.theme = {
    /** Hears the name of the theme now, and whenever the colours change. */
    watch(listener) {
      listeners.add(listener);
      listener(LABELS[theme]);
    },
    next() {
      theme = NEXT[theme];
      try {
        localStorage.setItem(KEY, theme);
      } catch {
        // It holds for this visit.
      }
      show();
    },
  };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', show);
  show();
})();
