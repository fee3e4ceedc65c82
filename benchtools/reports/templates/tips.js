"use strict";
{
  const box = document.createElement("div");
  box.className = "tip";
  box.hidden = true;
  document.body.append(box);
  const rows = new Map([...document.querySelectorAll("tr[data-setting]")].map(row => [row.dataset.setting, row]));
  let current = null;
  const hide = () => { box.hidden = true; rows.get(current?.dataset.setting)?.classList.remove("lit"); current = null; };
  const show = point => {
    hide();
    current = point;
    rows.get(point.dataset.setting)?.classList.add("lit");
    box.replaceChildren(...point.lines.map((line, place) => {
      const part = document.createElement(place ? "div" : "b");
      part.textContent = line;
      return part;
    }));
    box.hidden = false;
    const at = point.getBoundingClientRect(), own = box.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.left + at.width / 2 - own.width / 2), document.documentElement.clientWidth - own.width - 8);
    const above = at.top - own.height - 10;
    box.style.left = `${left + scrollX}px`;
    box.style.top = `${(above > 4 ? above : at.bottom + 10) + scrollY}px`;
  };
  for (const point of document.querySelectorAll(".point")) {
    const title = point.querySelector("title");
    point.lines = title.textContent.split("\n");
    point.setAttribute("aria-label", point.lines.join("; "));
    title.remove();
    point.addEventListener("pointerenter", () => show(point));
    point.addEventListener("focus", () => show(point));
    point.addEventListener("blur", hide);
    point.addEventListener("pointerleave", () => document.activeElement?.matches(".point") ? show(document.activeElement) : hide());
  }
  document.addEventListener("keydown", event => { if (event.key === "Escape") hide(); });
}
