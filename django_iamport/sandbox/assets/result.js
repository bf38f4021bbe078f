// Tells the shop's page how the window ended: by message from a frame or a window of its own (which iamport.js
// named), by redirect from a page in its place.
(function () {
  "use strict";

  const message = JSON.parse(document.getElementById("message").textContent);
  const back = document.getElementById("return");
  const isFramed = window.parent !== window;
  const isPopup = !isFramed && window.name.startsWith("imp-popup-");
  const shop = isFramed ? window.parent : isPopup ? window.opener : null;

  function report() {
    if (shop && message.origin) {
      const { action, current, legacy } = message;
      shop.postMessage(
        JSON.stringify({ action, data: { current, legacy }, origin: location.origin, from: "iamport-sdk" }),
        message.origin,
      );
      if (isPopup) {
        window.close();
      }
    } else if (message.redirect_url) {
      location.replace(message.redirect_url);
    } else {
      const unreturned = document.getElementById("unreturned");
      if (unreturned) {
        unreturned.hidden = false;
      }
      if (back) {
        back.hidden = true;
      }
    }
  }

  if (back) {
    back.addEventListener("click", (event) => {
      event.preventDefault();
      report();
    });
  }
  if (message.wait) {
    back.focus();
  } else if (message.action === "lost" && shop) {
    // Long enough to be read.
    setTimeout(report, 2500);
  } else if (message.action !== "lost" && (shop || !message.again)) {
    report();
  }
})();
