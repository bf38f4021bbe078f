// The page that iamport.js talks to until a window opens, in a frame or in a window of its own:
// it asks the gateway, whose page it is.
(function () {
  "use strict";

  const shop = window.parent === window ? window.opener : window.parent;
  const PATHS = { request_pay: "open", certification: "certification", zzim: "zzim" };
  let asked = false;

  if (!shop) {
    return;
  }

  function tell(action, data, origin) {
    shop.postMessage(JSON.stringify({ action, data, origin: location.origin, from: "iamport-sdk" }), origin);
  }

  function parsed(text) {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  }

  async function open(path, data, origin) {
    try {
      const response = await fetch(new URL(path, location.href), {
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
    const message = event.source === shop ? parsed(event.data) : null;
    if (asked || !message || message.from !== "iamport-sdk" || !Object.hasOwn(PATHS, message.action)) {
      return;
    }
    asked = true;
    open(PATHS[message.action], message.data, event.origin);
  });

  // Says nothing but that somebody listens, so any page may hear it.
  tell("ready", {}, "*");
})();
