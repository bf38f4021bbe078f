// The console: what is shown follows the gateway, and the language and fields that can't be meant are left out.
(function () {
  "use strict";

  const EVERY = 2000;

  // A part of the page is replaced when its version changed, but never under somebody's fingers.
  function isBusy(part) {
    const focused = document.activeElement;
    const typing = focused && part.contains(focused) && focused.matches("input:not([type=hidden]), select");
    const filled = [...part.querySelectorAll("input[type=text]")].some((input) => input.value);
    return Boolean(typing || filled);
  }

  function replace(part, fresh) {
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    const open = [...part.querySelectorAll("details[open]")].map((each) => each.id);
    part.replaceWith(fresh);
    for (const id of open) {
      const details = document.getElementById(id);
      if (details) {
        details.open = true;
      }
    }
    if (focused && document.getElementById(focused)) {
      document.getElementById(focused).focus();
    }
  }

  async function look() {
    const address = new URL(location.href);
    address.searchParams.delete("done");
    const response = await fetch(address, { cache: "no-store" });
    if (!response.ok) {
      return;
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(part.id);
      if (fresh && fresh.dataset.version !== part.dataset.version && !isBusy(part)) {
        replace(part, fresh);
      }
    }
    const now = page.getElementById("now");
    document.getElementById("now").textContent = now ? now.textContent : "";
  }

  async function keepLooking() {
    if (!document.hidden) {
      try {
        await look();
      } catch {
        // The server is away; it may come back.
      }
    }
    setTimeout(keepLooking, EVERY);
  }

  function offerFittingKinds() {
    const operation = document.getElementById("operation");
    const kind = document.getElementById("kind");
    if (!operation || !kind) {
      return;
    }
    const fit = () => {
      const wanted = operation.value === "webhook" ? "webhook" : "rest";
      for (const group of kind.querySelectorAll("optgroup")) {
        group.disabled = group.hidden = group.dataset.for !== wanted;
      }
      if (kind.selectedOptions[0].parentElement.disabled) {
        kind.value = kind.querySelector("optgroup:not([disabled]) option").value;
        kind.selectedIndex = [...kind.options].findIndex((option) => !option.parentElement.disabled);
      }
    };
    operation.addEventListener("change", fit);
    fit();
  }

  for (const choice of document.querySelectorAll("form.filter select")) {
    choice.addEventListener("change", () => choice.form.requestSubmit());
  }
  offerFittingKinds();
  if (document.querySelector("[data-live]")) {
    setTimeout(keepLooking, EVERY);
  }
})();
