// Tells the shop's page how the window ended: by message from a frame, by redirect from a page of its own.
(function () {
  "use strict";

  const message = JSON.parse(document.getElementById("message").textContent);
  const back = document.getElementById("return");
  const isFramed = window.parent !== window;

  function report() {
    if (isFramed && message.origin) {
      const { action, current, legacy } = message;
      window.parent.postMessage(
        JSON.stringify({ action, data: { current, legacy }, origin: location.origin, from: "iamport-sdk" }),
        message.origin,
      );
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
  } else if (message.action === "lost" && isFramed) {
    // Long enough to be read.
    setTimeout(report, 2500);
  } else if (message.action !== "lost" && (isFramed || !message.again)) {
    report();
  }
})();
