// What a page would be faulted for by one who cannot see it well or uses no mouse: a list of sentences, empty when all is well.
const faults = [];
const where = (e) => `<${e.tagName.toLowerCase()}> ${(e.textContent || "").trim().slice(0, 40)}`;
const seen = (e) => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== "hidden";
const all = (selector) => [...document.querySelectorAll(selector)];

if (!document.documentElement.lang) faults.push("the page does not say its language");
if (!document.title.trim()) faults.push("the page has no title");
for (const one of ["main", "body > header", "h1"])
  if (all(one).length !== 1) faults.push(`there is not exactly one ${one}`);
const skip = document.querySelector("body > a.skip");
if (!skip || !document.querySelector(skip.getAttribute("href"))) faults.push("no link leads past the navigation");
for (const nav of all("nav"))
  if (!nav.getAttribute("aria-label")) faults.push("a navigation has no name");

let level = 0;
for (const heading of all("h1, h2, h3, h4, h5, h6").filter(seen)) {
  const here = Number(heading.tagName[1]);
  if (here > level + 1) faults.push(`a heading skips a level: ${where(heading)}`);
  level = here;
}
for (const table of all("table")) {
  if (!table.querySelector("th")) faults.push(`a table has no headers: ${where(table)}`);
  for (const th of table.querySelectorAll("th"))
    if (!th.scope) faults.push(`a header does not say what it heads: ${where(th)}`);
}
for (const region of all("[role=region], section"))
  if (!region.getAttribute("aria-label") && !region.getAttribute("aria-labelledby")) faults.push(`a region has no name: ${where(region)}`);
for (const link of all("a[href], button, summary"))
  if (!link.textContent.trim() && !link.getAttribute("aria-label")) faults.push("a link or button has no words");
for (const field of all("input:not([type=hidden]), select, textarea"))
  if (!field.labels.length) faults.push(`a field has no label: ${field.name}`);
for (const picture of all("img"))
  if (!picture.hasAttribute("alt")) faults.push("a picture has no words");
const ids = all("[id]").map((e) => e.id);
if (new Set(ids).size !== ids.length) faults.push("an id is there twice");
if (all("script, [onclick], [onload], [onchange], a[href^='javascript:']").length) faults.push("there is a script");

// Contrast by WCAG 2: 4.5, or 3 for large letters.
const parts = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
const light = (c) => {
  const [r, g, b] = c.slice(0, 3).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = (e) => {
  for (let at = e; at; at = at.parentElement) {
    const c = parts(getComputedStyle(at).backgroundColor);
    if (c.length === 3 || (c.length === 4 && c[3] > 0)) return c;
  }
  return [255, 255, 255];
};
for (const e of all("body *")) {
  const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  if (!own || !seen(e) || e.closest(".unseen, .skip")) continue;
  const style = getComputedStyle(e), size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  const [a, b] = [light(parts(style.color)), light(ground(e))];
  const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (contrast < (large ? 3 : 4.5)) faults.push(`too little contrast (${contrast.toFixed(1)}): ${where(e)}`);
}
return faults;
