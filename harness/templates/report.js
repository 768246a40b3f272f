const steps = document.querySelectorAll("details.step");

function reveal() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && target.matches("details.step")) {
    target.open = true;
    target.scrollIntoView();
  }
}
addEventListener("hashchange", reveal);
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#step-"]');
  if (link && link.hash === location.hash) reveal();
});
reveal();

for (const button of document.querySelectorAll("[data-all]")) {
  button.addEventListener("click", () => {
    for (const step of steps) step.open = button.dataset.all === "open";
  });
}

const zoom = document.getElementById("zoom");
for (const button of document.querySelectorAll("button.shot")) {
  button.addEventListener("click", () => {
    const figures = [...button.closest(".step").querySelectorAll("button.shot img")].map((image) => {
      const figure = document.createElement("figure");
      const caption = document.createElement("figcaption");
      caption.textContent = image.dataset.side;
      const copy = new Image();
      copy.src = image.src;
      copy.alt = image.alt;
      figure.append(caption, copy);
      return figure;
    });
    zoom.querySelector(".pictures").replaceChildren(...figures);
    zoom.showModal();
  });
}
zoom.addEventListener("click", (event) => {
  if (event.target === zoom) zoom.close();
});
addEventListener("beforeprint", () => steps.forEach((step) => (step.open = true)));
