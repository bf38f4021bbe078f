// The payment window: one method's fields at a time, one submission, Escape closes.
(function () {
  "use strict";

  const form = document.getElementById("window");
  const methods = form.querySelectorAll("input[name=pay_method]");
  const panels = form.querySelectorAll("[data-method]");
  let sent = false;

  function showPanel() {
    const chosen = form.querySelector("input[name=pay_method]:checked");
    for (const panel of panels) {
      panel.hidden = !chosen || panel.dataset.method !== chosen.value;
    }
  }

  for (const method of methods) {
    method.addEventListener("change", showPanel);
  }
  form.addEventListener("submit", (event) => {
    if (sent) {
      event.preventDefault();
      return;
    }
    sent = true;
    form.classList.add("sent");
    form.setAttribute("aria-busy", "true");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      document.getElementById("close").click();
    }
  });
  // Enter in a field pays; the first submit button of the form would otherwise be the one that closes.
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input, select")) {
      event.preventDefault();
      document.getElementById("pay").click();
    }
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      location.reload();
    }
  });
  showPanel();
  // What is wrong is said beside the first field that it is about, and there the work goes on.
  const wrong = form.querySelector("[aria-invalid=true]");
  if (wrong) {
    wrong.focus();
    document.getElementById(wrong.getAttribute("aria-describedby")).scrollIntoView({ block: "center" });
  }
})();
