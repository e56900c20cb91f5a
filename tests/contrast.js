// Texts of a page whose contrast with what lies behind them is below WCAG AA: 4.5, or 3 for large text.
() => {
  const rgba = text => (text.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number).concat(1).slice(0, 4);
  const light = channel => (channel /= 255) <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = rgba(getComputedStyle(one).backgroundColor);
      if (colour[3] === 1) return colour;
    }
    return [255, 255, 255, 1];
  };
  const drawn = element => {  // the shape that a text of a drawing stands on, where there is one
    element.scrollIntoView({block: "center", behavior: "instant"});
    const box = element.getBoundingClientRect();
    const below = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    const shape = below.find(one => one instanceof SVGGeometryElement && rgba(getComputedStyle(one).fill)[3] === 1);
    return shape && rgba(getComputedStyle(shape).fill);
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest("style")) continue;
    const style = getComputedStyle(element);
    const colour = rgba(element.closest("svg") ? style.fill : style.color);
    const contrast = ground => {
      const [a, b] = [luminance(colour), luminance(ground)].sort((x, y) => y - x);
      return (a + 0.05) / (b + 0.05);
    };
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const least = large ? 3 : 4.5;
    let ratio = contrast(behind(element));
    if (ratio < least && element.closest("svg")) ratio = contrast(drawn(element) || behind(element));
    if (ratio < least) poor.push(`${ratio.toFixed(2)} ${walker.currentNode.data.trim().slice(0, 40)}`);
  }
  return poor;
}
