// What cannot be read on a page as it is shown now: [kind, text] each. Figures are held to the widths of a phone on a phone.
() => {
  const found = [], phone = innerWidth < 640;
  const name = one => (one.getAttribute("aria-label") || one.textContent).trim().slice(0, 60);
  if (document.documentElement.scrollWidth > innerWidth) found.push(["the page scrolls sideways", document.title]);
  if (document.scripts.length) found.push(["a script", document.scripts[0].src]);
  for (const svg of document.querySelectorAll("svg[data-panel]")) {
    if (!svg.checkVisibility()) continue;
    const frame = svg.getBoundingClientRect(), scale = frame.width / svg.viewBox.baseVal.width;
    if (phone && svg.dataset.panel * scale < 219.5) found.push(["a narrow panel", name(svg)]);
    const texts = [...svg.querySelectorAll("text")].filter(one => one.textContent.trim());
    const boxes = texts.map(one => [one, one.getBoundingClientRect()]);
    for (const [text, box] of boxes) {
      if (phone && parseFloat(getComputedStyle(text).fontSize) * scale < 10.95) found.push(["small text", name(text)]);
      if (box.left < frame.left - 3 || box.right > frame.right + 3 || box.top < frame.top - 3 || box.bottom > frame.bottom + 3)
        found.push(["a cut text", name(text)]);
    }
    const level = boxes.filter(([one]) => Math.abs(one.getCTM().b) < 1e-6);  // the boxes of slanted texts say nothing
    level.forEach(([one, a], place) => level.slice(place + 1).forEach(([other, b]) => {
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left), high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 2 && high > 3) found.push(["texts over each other", `${name(one)} | ${name(other)}`]);
    }));
  }
  for (const table of document.querySelectorAll("table")) {
    if (!table.checkVisibility()) continue;
    const frame = table.closest(".table-scroll");
    if (!frame || frame.scrollWidth <= frame.clientWidth + 1) continue;
    if (!phone) found.push(["a cut table", name(frame)]);
    if (getComputedStyle(table.querySelector("tbody th") || table).position !== "sticky") found.push(["a row heading that leaves", name(frame)]);
  }
  for (const frame of document.querySelectorAll(".table-scroll, .figure-drawings")) {
    if (!frame.checkVisibility() || frame.scrollWidth <= frame.clientWidth + 1) continue;
    const stops = [...frame.querySelectorAll("[tabindex='0'], a[href], summary")];
    if (!stops.some(one => one.checkVisibility())) found.push(["scrolls without a keyboard stop", name(frame)]);
  }
  return found;
}
