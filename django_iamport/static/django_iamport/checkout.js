/* Loads the payment window safely and correctly. Configured by {% iamport_checkout %}; no dependencies. */
(() => {
  "use strict";

  const script = document.currentScript;
  const config = JSON.parse(document.getElementById(script.dataset.config).textContent);
  const say = config.messages;
  const memory = `iamport:${location.pathname}:${script.dataset.config}`;
  const retryAfter = [0, 1000, 2000, 4000, 8000, 8000, 8000, 15000, 15000, 30000];
  const watchEvery = 4000;
  const askEvery = 45;

  let busy = false;
  let watching = null;

  class Refused extends Error {
    constructor(error, status) {
      super(error.message || say.unavailable);
      this.code = error.code || "unavailable";
      this.fields = error.fields || {};
      this.next = error.next;
      this.status = status;
    }
  }

  const isTooMany = (error) => error.status === 429;
  const isTemporary = (error) => !(error instanceof Refused) || error.status >= 500 || isTooMany(error);

  function fire(name, detail) {
    document.dispatchEvent(new CustomEvent(`iamport:${name}`, { detail }));
  }

  function wait(milliseconds) {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
  }

  // Talking to the shop.

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
    // Only the CSRF check answers 403 without JSON.
    const page = response.status === 403 && answer === null;
    const error = (answer && answer.error) || (page ? { code: "csrf_failed", message: say.stalePage } : {});
    throw new Refused(error, response.status);
  }

  // What the customer sees. Texts only, never markup.

  const statusBox = document.getElementById(`${script.dataset.config}-status`);

  function show(message, kind = "info") {
    statusBox.textContent = message;
    statusBox.dataset.kind = kind;
  }

  // Each action shows something else.
  function offer(label, action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "iamport-action";
    button.textContent = label;
    button.addEventListener("click", action, { once: true });
    statusBox.append(" ", button);
    statusBox.querySelector("button").focus();
  }

  const form = config.form && document.querySelector(config.form);

  const triggers = () => form ? [...form.elements].filter((field) => field.type === "submit")
    : [...document.querySelectorAll(config.button)];

  function lock(locked) {
    busy = locked;
    for (const trigger of triggers()) {
      trigger.disabled = locked;
      trigger.setAttribute("aria-busy", String(locked));
    }
  }

  function clearFieldErrors() {
    form.querySelectorAll(".iamport-error").forEach((note) => note.remove());
    form.querySelectorAll("[aria-invalid]").forEach((field) => {
      field.removeAttribute("aria-invalid");
      describe(field, descriptions(field).filter((id) => id !== errorId(field)));
    });
  }

  const errorId = (field) => `${field.id || field.name}-error`;
  const descriptions = (field) => (field.getAttribute("aria-describedby") || "").split(" ").filter(Boolean);

  // Beside the error stays what the form says of the field itself.
  function describe(field, ids) {
    if (ids.length) {
      field.setAttribute("aria-describedby", ids.join(" "));
    } else {
      field.removeAttribute("aria-describedby");
    }
  }

  function showFieldErrors(fields) {
    let first = null;
    for (const [name, errors] of Object.entries(fields)) {
      const found = form.elements.namedItem(name);
      const field = found instanceof RadioNodeList ? found[0] : found;
      if (!field || field.type === "hidden") {
        statusBox.append(` ${errors.join(" ")}`);
        continue;
      }
      const note = document.createElement("p");
      note.className = "iamport-error";
      note.id = errorId(field);
      note.textContent = errors.join(" ");
      field.setAttribute("aria-invalid", "true");
      describe(field, [note.id, ...descriptions(field)]);
      field.after(note);
      first = first || field;
    }
    if (first) {
      first.focus();
    }
  }

  function fail(error) {
    lock(false);
    const offline = !(error instanceof Refused);
    show(offline ? say.noConnection : error.message, "error");
    if (form && !offline) {
      showFieldErrors(error.fields);
    }
    fire("error", { code: offline ? "no_connection" : error.code });
  }

  // Which attempt is on its way, should this page be left or reloaded.

  function remember(merchantUid) {
    try {
      sessionStorage.setItem(memory, merchantUid);
    } catch {
      /* Private windows may have no storage; the webhook and the receipt still work. */
    }
  }

  function remembered() {
    try {
      return sessionStorage.getItem(memory);
    } catch {
      return null;
    }
  }

  function forget() {
    try {
      sessionStorage.removeItem(memory);
    } catch {
      /* as above */
    }
  }

  // The purchase.

  // Nothing is asked of anybody before the click.
  function start(event) {
    event.preventDefault();
    // Other scripts on the page may send the form as well.
    event.stopImmediatePropagation();
    begin();
  }

  async function begin(agreed = {}) {
    if (busy) {
      return;
    }
    lock(true);
    show(say.preparing);
    if (form) {
      clearFieldErrors();
    }
    try {
      pay(await (form ? createOrder(agreed) : post(config.urls.checkout, { order_id: config.orderId, ...agreed })));
    } catch (error) {
      fail(error);
      if (error.code === "account_kept") {
        statusBox.dataset.kind = "info";
        if (error.next) {
          offer(say.seeAccount, () => location.assign(error.next));
        }
        offer(say.payAnotherWay, () => begin({ void_account: true }));
      }
    }
  }

  async function createOrder(agreed) {
    const answer = await post(config.urls.create, { ...Object.fromEntries(new FormData(form)), ...agreed });
    fire("order", { order_id: answer.order_id });
    if (!answer.checkout) {
      location.assign(answer.next);
    }
    return answer.checkout;
  }

  function pay(checkout) {
    if (!checkout) {
      return;
    }
    remember(checkout.merchant_uid);
    const open = () => openWindow(checkout);
    // Browsers let a window open only shortly after a click.
    if (navigator.userActivation && !navigator.userActivation.isActive) {
      show("");
      offer(say.openWindow, open);
    } else {
      open();
    }
  }

  function openWindow(checkout) {
    const parameters = { ...checkout.request_pay, ...config.requestPay };
    parameters.m_redirect_url = new URL(parameters.m_redirect_url, location.origin).href;
    show(say.open);
    fire("open", { merchant_uid: checkout.merchant_uid });
    let answered = false;
    try {
      window.IMP.request_pay(parameters, (answer) => {
        if (!answered) {
          answered = true;
          finished(checkout.merchant_uid, answer || {});
        }
      });
      watch(checkout.merchant_uid);
    } catch {
      finished(checkout.merchant_uid, { error_msg: say.noSdk });
    }
  }

  // While the window is open, a webhook or another browser may bring the news: read what the shop knows, and
  // every three minutes let it ask the gateway, should neither come.
  function watch(merchantUid) {
    let ticks = 0;
    clearInterval(watching);
    watching = setInterval(() => {
      ticks += 1;
      post(config.urls.validation, { merchant_uid: merchantUid, ask: ticks % askEvery === 0 })
        .then((answer) => answer.next && settled(answer))
        .catch(() => {});
    }, watchEvery);
  }

  function finished(merchantUid, answer) {
    clearInterval(watching);
    const claimsFailure = Boolean(answer.error_code || answer.error_msg)
      || answer.success === false || answer.imp_success === false;
    verify(merchantUid, answer.imp_uid, claimsFailure ? answer.error_msg || "" : null);
  }

  // Nobody is told "failed" before the gateway was asked: `claimedFailure` is only a text until then.
  async function verify(merchantUid, impUid, claimedFailure) {
    const checkLater = (message) => {
      show(message, "error");
      offer(say.checkAgain, () => verify(merchantUid, impUid, claimedFailure));
    };
    show(say.checking);
    fire("checking", { merchant_uid: merchantUid });
    for (const delay of retryAfter) {
      await wait(delay);
      try {
        const fields = impUid ? { merchant_uid: merchantUid, imp_uid: impUid } : { merchant_uid: merchantUid };
        const answer = await post(config.urls.validation, fields);
        if (settled(answer, claimedFailure) || (claimedFailure !== null && notPaid(answer, claimedFailure))) {
          return;
        }
      } catch (error) {
        if (!isTemporary(error)) {
          fail(error);
          return;
        }
        if (isTooMany(error)) {
          checkLater(error.message);
          return;
        }
        show(navigator.onLine ? say.checking : say.noConnection);
      }
    }
    checkLater(say.stillChecking);
  }

  function settled(answer, claimedFailure) {
    if (answer.next) {
      clearInterval(watching);
      const kind = { paid: "paid", ready: "waiting" }[answer.status] || "failed";
      show({ paid: say.paid, waiting: say.waiting }[kind] || say.checking);
      fire(kind, answer);
      forget();
      location.assign(answer.next);
      return true;
    }
    if (answer.status === "failed") {
      notPaid(answer, answer.message || claimedFailure || "");
      return true;
    }
    return false;
  }

  // Declined and closed read alike: what the payment company says of it stands behind.
  function notPaid(answer, reason) {
    forget();
    lock(false);
    show(reason ? `${say.notPaid} (${reason})` : say.notPaid, "error");
    fire("failed", answer);
    return true;
  }

  // Coming back: reload, back button, page cache.

  async function resume(isCameBackTo) {
    const merchantUid = remembered();
    if (!merchantUid || busy) {
      return;
    }
    const attempt = { merchant_uid: merchantUid };
    try {
      // A phone comes back by redirect and has seen its receipt: only a payment that the shop hears of
      // just now sends on a customer who came to buy something else.
      if (!isCameBackTo && isNewVisit() && (await post(config.urls.validation, { ...attempt, ask: false })).next) {
        forget();
        return;
      }
      const answer = await post(config.urls.validation, attempt);
      if (answer.next) {
        settled(answer);
      } else {
        forget();
      }
    } catch (error) {
      if (!isTemporary(error)) {
        forget();
      }
    }
  }

  // By a link or an address, neither reloaded nor come back to.
  function isNewVisit() {
    const [visit] = performance.getEntriesByType("navigation");
    return Boolean(visit) && visit.type === "navigate";
  }

  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      lock(false);
      show("");
    }
    resume(event.persisted);
  });

  if (window.IMP) {
    if (config.tierCode) {
      window.IMP.agency(config.merchantCode, config.tierCode);
    } else {
      window.IMP.init(config.merchantCode);
    }
  } else {
    show(say.noSdk, "error");
  }

  if (form) {
    form.addEventListener("submit", start);
  } else {
    for (const button of triggers()) {
      button.addEventListener("click", start);
    }
  }
})();
