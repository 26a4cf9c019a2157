/* Streamlit writes lang="en" and names its sidebar in English; it offers no setting for either. */
document.documentElement.lang = "de";
document.querySelector('[data-testid="stSidebar"]')?.setAttribute("aria-label", "Menü und Suche");
/* A picture has the width of the screen; on paper it is scaled to the width of the page. */
if (!globalThis.gradmesserPrints) {
  globalThis.gradmesserPrints = true;
  const drawings = () => document.querySelectorAll('[data-testid="stPlotlyChart"] div > svg[width][height]');
  addEventListener("beforeprint", () => {
    for (const drawing of drawings()) {
      const [width, height] = [drawing.getAttribute("width"), drawing.getAttribute("height")];
      drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
      drawing.parentElement.style.setProperty("--gm-shape", `${width} / ${height}`);
      drawing.parentElement.style.setProperty("max-width", `${width}px`, "important");
    }
  });
  addEventListener("afterprint", () => {
    for (const drawing of drawings()) {
      drawing.removeAttribute("viewBox");
      drawing.parentElement.style.removeProperty("max-width");
    }
  });
}
