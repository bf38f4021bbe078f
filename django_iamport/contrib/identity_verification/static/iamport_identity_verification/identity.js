/* Opens the identity window and brings its end to the shop. Configured by {% iamport_identity %}; no dependencies.
 * What it does as checkout.js does is copied: a script of both would cost each page that takes a payment a request. */
(() => {
  "use strict";

  const script = document.currentScript;
  const config = JSON.parse(document.getElementById(script.dataset.config).textContent);
  const say = config.messages;
  const memory = `iamport-identity:${location.pathname}:${script.dataset.config}`;
  const retryAfter = [0, 1000, 2000, 4000, 8000];
  const statusBox = document.getElementById(`${script.dataset.config}-status`);
  const buttons = [...document.querySelectorAll(config.button)];

  let busy = false;

  class Refused extends Error {}

  const isTemporary = (error) => !(error instanceof Refused) || (error.status >= 500 && error.status !== 429);
  const fire = (name, detail) =>
    document.dispatchEvent(new CustomEvent(`iamport:identity:${name}`, { detail }));

  async function post(url, fields) {
    const response = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        [config.csrf.header]: config.csrf.token,
      },
      body: JSON.stringify(fields),
    });
    const answer = await response.json().catch(() => null);
    if (response.ok && answer !== null) {
      return answer;
    }
    const unknown = { message: say.unavailable, code: "unavailable" };
    throw Object.assign(new Refused(), unknown, answer && answer.error, { status: response.status });
  }

  // Texts only, never markup.
  function show(message, kind = "info") {
    statusBox.textContent = message;
    statusBox.dataset.kind = kind;
  }

  function offer(label, action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "iamport-action";
    button.textContent = label;
    button.addEventListener("click", action, { once: true });
    statusBox.append(" ", button);
    button.focus();
  }

  function lock(locked) {
    busy = locked;
    for (const button of buttons) {
      button.disabled = locked;
      button.setAttribute("aria-busy", locked);
    }
  }

  // Storage may be forbidden; then a page that is come back to asks nothing.
  function remembered(method, ...value) {
    try {
      return sessionStorage[method](memory, ...value);
    } catch {
      return null;
    }
  }

  function fail(error) {
    lock(false);
    show(error instanceof Refused ? error.message : say.unavailable, "error");
    fire("error", { code: error.code || "unavailable" });
  }

  async function begin(event) {
    event.preventDefault();
    if (busy) {
      return;
    }
    lock(true);
    show(say.preparing);
    try {
      const begun = await post(config.urls.begin, { next: config.next });
      remembered("setItem", begun.merchant_uid);
      const open = () => openWindow(begun);
      // Browsers let a window open only shortly after a click.
      if (navigator.userActivation && !navigator.userActivation.isActive) {
        show("");
        offer(say.openWindow, open);
      } else {
        open();
      }
    } catch (error) {
      fail(error);
    }
  }

  function openWindow({ merchant_uid: merchantUid, certification }) {
    const address = new URL(certification.m_redirect_url, location.origin).href;
    let answered = false;
    show(say.open);
    // A window that was closed by hand tells nobody: the button begins another one.
    lock(false);
    fire("open", { merchant_uid: merchantUid });
    try {
      window.IMP.certification({ ...certification, m_redirect_url: address }, (answer) => {
        if (!answered) {
          answered = true;
          finished(merchantUid, answer || {});
        }
      });
    } catch {
      show(say.noSdk, "error");
    }
  }

  // Nobody is told "not verified" before the gateway was asked, and nobody "verified" either.
  async function finished(merchantUid, { imp_uid: impUid, error_msg: reason }) {
    if (!impUid) {
      notVerified(reason);
      return;
    }
    lock(true);
    show(say.checking);
    for (const delay of retryAfter) {
      await new Promise((resolve) => setTimeout(resolve, delay));
      try {
        if (!settled(await post(config.urls.validation, { merchant_uid: merchantUid, imp_uid: impUid }))) {
          lock(false);
          notVerified(reason);
        }
        return;
      } catch (error) {
        if (!isTemporary(error)) {
          remembered("removeItem");
          fail(error);
          return;
        }
      }
    }
    lock(false);
    show(say.stillChecking, "error");
    offer(say.checkAgain, () => finished(merchantUid, { imp_uid: impUid }));
  }

  // What the window says of it stands behind.
  function notVerified(reason) {
    show(reason ? `${say.notVerified} (${reason})` : say.notVerified, "error");
    fire("failed", { reason: reason || "" });
  }

  function settled(answer) {
    if (answer.status !== "certified") {
      return false;
    }
    remembered("removeItem");
    show(say.verified);
    fire("certified", { merchant_uid: answer.merchant_uid });
    location.assign(config.next || location.href);
    return true;
  }

  // Another browser may have ended what this one began.
  async function resume() {
    const merchantUid = remembered("getItem");
    if (merchantUid && !busy) {
      try {
        settled(await post(config.urls.validation, { merchant_uid: merchantUid }));
      } catch (error) {
        if (!isTemporary(error)) {
          remembered("removeItem");
          // Otherwise nobody tells him why he can't go on; what is over or gone he begins again.
          if (error.code === "identity_refused") {
            fail(error);
          }
        }
      }
    }
  }

  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      lock(false);
      show("");
    }
    resume();
  });

  if (!window.IMP) {
    show(say.noSdk, "error");
  } else if (config.tierCode) {
    window.IMP.agency(config.merchantCode, config.tierCode);
  } else {
    window.IMP.init(config.merchantCode);
  }
  buttons.forEach((button) => button.addEventListener("click", begin));
})();
