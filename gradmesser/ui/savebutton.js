/* Saves a chart of the page as it is drawn, the font inside, so that it looks the same where the font is not installed. plotly's
   own camera cannot be reached by keyboard, and what it writes falls back to another font. */
const FONTS = [[400, "app/static/fonts/fira-sans-400.woff2"], [600, "app/static/fonts/fira-sans-600.woff2"]];

async function face([weight, address]) {
  const answer = await fetch(new URL(address, document.baseURI));
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const letters = new Uint8Array(await answer.arrayBuffer());
  const text = btoa(Array.from(letters, (one) => String.fromCharCode(one)).join(""));
  return `@font-face{font-family:'Fira Sans';font-weight:${weight};src:url(data:font/woff2;base64,${text})}`;
}

/* plotly draws in layers that lie on each other; a file is one of them with the content of all. */
function whole(plot) {
  const [first, ...others] = [...plot.querySelectorAll(".main-svg")].map((layer) => layer.cloneNode(true));
  for (const other of others) first.append(...other.childNodes);
  for (const tool of first.querySelectorAll(".hoverlayer, .zoomlayer, .draglayer")) tool.remove();
  first.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of [["width", "100%"], ["height", "100%"], ["fill", first.style.background || "white"]]) paper.setAttribute(name, value);
  first.prepend(paper);
  return first;
}

async function drawing(plot) {
  const picture = whole(plot);
  const style = document.createElementNS("http://www.w3.org/2000/svg", "style");
  style.textContent = (await Promise.all(FONTS.map(face))).join("");
  picture.prepend(style);
  return new XMLSerializer().serializeToString(picture);
}

async function pixels(svg, scale) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width * scale, image.height * scale];
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

export default function ({ data, parentElement }) {
  const [button, told] = [parentElement.querySelector("button"), parentElement.querySelector("[role=status]")];
  button.textContent = data.label;
  button.onclick = async () => {
    told.textContent = "";
    try {
      const svg = await drawing(document.querySelector(`.st-key-${CSS.escape(data.chart)} .js-plotly-plot`));
      const link = document.createElement("a");
      link.href = URL.createObjectURL(data.kind === "png" ? await pixels(svg, data.scale) : new Blob([svg], { type: "image/svg+xml" }));
      link.download = data.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch (error) {
      told.textContent = "Das Bild ließ sich nicht speichern. Bitte die Seite neu laden und noch einmal versuchen.";
      console.error(error);
    }
  };
}
