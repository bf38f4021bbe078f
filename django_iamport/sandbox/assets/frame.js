// The frame that iamport.js talks to until a window opens: it asks the gateway, whose page it is.
(function () {
  "use strict";

  if (window.parent === window) {
    return;
  }

  let asked = false;

  function tell(action, data, origin) {
    window.parent.postMessage(
      JSON.stringify({ action, data, origin: location.origin, from: "iamport-sdk" }),
      origin,
    );
  }

  function parsed(text) {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  }

  async function open(data, origin) {
    try {
      const response = await fetch(new URL("open", location.href), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ...data, origin }),
      });
      const answer = await response.json();
      if (answer.url) {
        tell("opened", answer, origin);
      } else if (answer.refused) {
        tell("refused", answer, origin);
      } else {
        tell("broken", {}, origin);
      }
    } catch {
      tell("broken", {}, origin);
    }
  }

  window.addEventListener("message", (event) => {
    const message = event.source === window.parent ? parsed(event.data) : null;
    if (asked || !message || message.from !== "iamport-sdk" || message.action !== "request_pay") {
      return;
    }
    asked = true;
    open(message.data, event.origin);
  });

  // Says nothing but that somebody listens, so any page may hear it.
  tell("ready", {}, "*");
})();
