"use strict";
(() => {
  const options = {
    responsive: true,
    displaylogo: false,
    // A button of Plotly's that would upload the data of the chart.
    showSendToCloud: false,
    plotlyServerURL: "",
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
    toImageButtonOptions: { format: "png", scale: 2 },
  };
  const sections = [...document.querySelectorAll("section.asset")];
  const buttons = [...document.querySelectorAll(".tabs button")];

  // A chart drawn while hidden would get no width, so each section is drawn when first shown.
  const draw = (section) => {
    for (const place of section.querySelectorAll(".chart:empty")) {
      const data = document.getElementById(place.dataset.figure).textContent;
      const figure = JSON.parse(data);
      Plotly.newPlot(place, figure.data, figure.layout, options);
    }
  };
  const show = (index) => {
    sections.forEach((section, i) => { section.hidden = i !== index; });
    buttons.forEach((button, i) => { button.setAttribute("aria-selected", String(i === index)); });
    draw(sections[index]);
  };
  buttons.forEach((button, index) => button.addEventListener("click", () => show(index)));
  show(0);
})();
