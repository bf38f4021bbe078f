// The payment window: one method's fields at a time, one submission, Escape closes. A wallet's begins with what
// its app would do: a code to scan, or the app itself.
(function () {
  "use strict";

  const form = document.getElementById("window");
  const methods = form.querySelectorAll("input[name=pay_method], input[name=means]");
  const panels = form.querySelectorAll("[data-method]");
  let sent = false;

  function showPanel() {
    const chosen = [...methods].find((method) => method.checked || method.type === "hidden");
    for (const panel of panels) {
      panel.hidden = !chosen || panel.dataset.method !== chosen.value;
    }
  }

  function showStep(step) {
    for (const part of form.querySelectorAll("[data-step]")) {
      part.hidden = part.dataset.step !== step;
    }
  }

  function goOn() {
    showStep("2");
    const first = form.querySelector("main[data-step='2'] input:checked, main[data-step='2'] input");
    if (first) {
      first.focus();
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
  // What the shop's page hands on by IMP.communicate: a native app came back from the wallet's.
  window.addEventListener("message", (event) => {
    const shop = window.parent === window ? window.opener : window.parent;
    let message = null;
    try {
      message = event.source === shop ? JSON.parse(event.data) : null;
    } catch {
      return;
    }
    if (!message || message.from !== "iamport-sdk" || message.action !== "communicate" || !message.data) {
      return;
    }
    if (message.data.result === "cancel") {
      document.getElementById("close").click();
    } else if (message.data.result === "process") {
      document.getElementById("pay").click();
    }
  });

  showPanel();
  const next = document.getElementById("next");
  if (next) {
    next.addEventListener("click", goOn);
    next.disabled = false;
  }
  if (form.dataset.at) {
    showStep(form.dataset.at);
  }
  // What is wrong is said beside the first field that it is about, and there the work goes on.
  const wrong = form.querySelector("[aria-invalid=true]");
  if (wrong) {
    wrong.focus();
    document.getElementById(wrong.getAttribute("aria-describedby")).scrollIntoView({ block: "center" });
  }
})();
