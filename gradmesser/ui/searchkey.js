// Ctrl + K (or Cmd + K) leads to the search field from anywhere and opens the menu where it is closed.
(() => {
  const field = () => document.querySelector('.st-key-w_finden input');
  const reach = (attempts) => {
    const one = field();
    const box = one?.getBoundingClientRect();
    const seen = box && box.width > 0 && box.right > 0 && box.left < window.innerWidth;
    if (seen) {
      one.focus();
      one.select();
    } else if (attempts > 0) {
      window.setTimeout(reach, 50, attempts - 1);
    }
  };
  if (window.gradmesserSearchKey) return;
  window.gradmesserSearchKey = true;
  document.addEventListener('keydown', (event) => {
    const wanted = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k';
    if (!wanted) return;
    event.preventDefault();
    document.querySelector('[data-testid="stExpandSidebarButton"]')?.click();
    reach(40);
  }, true);
})();
