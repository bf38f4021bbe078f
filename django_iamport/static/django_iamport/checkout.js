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
  const watchEnds = 450;
  const form = config.form && document.querySelector(config.form);
  const statusBox = document.getElementById(`${script.dataset.config}-status`);

  let busy = false;
  let watching;

  class Refused extends Error {}

  const isTooMany = (error) => error.status === 429;
  const isTemporary = (error) => !(error instanceof Refused) || error.status >= 500 || isTooMany(error);
  const fire = (name, detail) => document.dispatchEvent(new CustomEvent(`iamport:${name}`, { detail }));

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
    const unknown = { message: say.unavailable, code: "unavailable", fields: {} };
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
    // Who types in the payment window goes on typing there.
    if (document.activeElement.tagName !== "IFRAME") {
      statusBox.querySelector("button").focus();
    }
  }

  const triggers = () => form ? [...form.elements].filter((field) => field.type === "submit")
    : [...document.querySelectorAll(config.button)];

  function lock(locked) {
    busy = locked;
    for (const trigger of triggers()) {
      trigger.disabled = locked;
      trigger.setAttribute("aria-busy", locked);
    }
  }

  // Beside the error stays what the form says of the field itself.
  const described = "aria-describedby";

  function clearFieldErrors() {
    for (const note of form.querySelectorAll(".iamport-error")) {
      const field = note.previousElementSibling;
      field.removeAttribute("aria-invalid");
      field.setAttribute(described, field.getAttribute(described).slice(note.id.length + 1));
      note.remove();
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
      note.id = `${field.id || name}-error`;
      note.textContent = errors.join(" ");
      field.setAttribute("aria-invalid", "true");
      field.setAttribute(described, `${note.id} ${field.getAttribute(described) || ""}`);
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

  // The attempt that is on its way, should this page be left. Private windows may have no storage.
  function remembered(method, ...value) {
    try {
      return sessionStorage[method](memory, ...value);
    } catch {
      return null;
    }
  }

  const forget = () => remembered("removeItem");

  // Nothing is asked of anybody before the click.
  function start(event) {
    event.preventDefault();
    // Other scripts on the page may send the form as well.
    event.stopImmediatePropagation();
    // What the pressed button says belongs to the form, too, such as the channel.
    const { name, value } = (form ? event.submitter : event.currentTarget) || {};
    begin(name ? { [name]: value } : {});
  }

  // What the customer agreed to is for one press: a further one asks again.
  async function begin(more, agreed) {
    if (busy) {
      return;
    }
    lock(true);
    show(say.preparing);
    if (form) {
      clearFieldErrors();
    }
    try {
      const fields = { channel: config.channel, ...(form && Object.fromEntries(new FormData(form))), ...more, ...agreed };
      const checkout = await (form ? createOrder(fields) : post(config.urls.checkout, { ...fields, order_id: config.orderId }));
      if (checkout) {
        pay(checkout, more);
      }
    } catch (error) {
      fail(error);
      if (error.code === "account_kept") {
        statusBox.dataset.kind = "info";
        if (error.next) {
          offer(say.seeAccount, () => location.assign(error.next));
        }
        offer(say.payAnotherWay, () => begin(more, { void_account: true }));
      }
    }
  }

  async function createOrder(fields) {
    const answer = await post(config.urls.create, fields);
    fire("order", { order_id: answer.order_id });
    if (!answer.checkout) {
      location.assign(answer.next);
    }
    return answer.checkout;
  }

  function pay(checkout, more) {
    remembered("setItem", checkout.merchant_uid);
    const open = () => openWindow(checkout, more);
    // Browsers let a window open only shortly after a click.
    if (navigator.userActivation && !navigator.userActivation.isActive) {
      show("");
      offer(say.openWindow, open);
    } else {
      open();
    }
  }

  function openWindow(checkout, more) {
    const parameters = { ...checkout.request_pay, ...config.requestPay };
    const address = new URL(parameters.m_redirect_url, location.origin);
    const attempt = { merchant_uid: checkout.merchant_uid, address };
    parameters.m_redirect_url = address.href;
    show(say.open);
    fire("open", { merchant_uid: checkout.merchant_uid });
    let answered = false;
    try {
      window.IMP.request_pay(parameters, (answer) => {
        if (!answered) {
          answered = true;
          finished(attempt, answer || {});
        }
      });
      watch(attempt, more);
    } catch {
      finished(attempt, { error_msg: say.noSdk });
    }
  }

  const stopWatching = () => { watching = clearInterval(watching); };

  // While the window is open, a webhook or another browser may bring the news: read what the shop knows, and
  // every three minutes let it ask the gateway, should neither come. Some windows close and never tell.
  function watch(attempt, more) {
    let ticks = 0;
    stopWatching();
    watching = setInterval(async () => {
      const tick = ++ticks;
      const answer = await ask(attempt, { ask: tick % askEvery === 0 }).catch(() => ({}));
      if (watching && !settled(answer) && tick === askEvery) {
        lock(false);
        show(say.noAnswer);
        offer(say.checkAgain, () => verify(attempt, undefined, ""));
        offer(say.payAgain, () => begin(more));
      }
      if (tick > watchEnds) {
        stopWatching();
      }
    }, watchEvery);
  }

  const ask = ({ merchant_uid }, fields) => post(config.urls.validation, { merchant_uid, ...fields });

  function finished(attempt, answer) {
    stopWatching();
    const { error_code: code, error_msg: reason, success, imp_success: isPaid = success } = answer;
    verify(attempt, answer.imp_uid, code || reason || isPaid === false ? reason || "" : null);
  }

  // Nobody is told "failed" before the gateway was asked: `claimedFailure` is only a text until then.
  async function verify(attempt, impUid, claimedFailure) {
    const checkLater = (message) => {
      show(message, "error");
      offer(say.checkAgain, () => verify(attempt, impUid, claimedFailure));
    };
    show(say.checking);
    fire("checking", { merchant_uid: attempt.merchant_uid });
    for (const delay of retryAfter) {
      await new Promise((resolve) => setTimeout(resolve, delay));
      try {
        const answer = await ask(attempt, impUid && { imp_uid: impUid });
        if (settled(answer, claimedFailure) || (claimedFailure !== null && notPaid(answer, claimedFailure))) {
          return;
        }
      } catch (error) {
        if (!isTemporary(error)) {
          // Signed out meanwhile, or in as somebody else: the signed address shows how it stands.
          fire("error", { code: error.code });
          if (impUid) {
            attempt.address.searchParams.set("imp_uid", impUid);
          }
          location.assign(attempt.address);
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
      stopWatching();
      const kind = { paid: "paid", ready: "waiting" }[answer.status] || "failed";
      show({ paid: say.paid, waiting: say.waiting }[kind] || say.checking);
      fire(kind, answer);
      forget();
      location.assign(answer.next);
      return true;
    }
    return answer.status === "failed" && notPaid(answer, answer.message || claimedFailure);
  }

  // Behind it stands what the payment company says of it.
  function notPaid(answer, reason) {
    const said = answer.status === "failed" ? say.failed : say.notPaid;
    stopWatching();
    forget();
    lock(false);
    show(reason ? `${said} (${reason})` : said, "error");
    fire("failed", answer);
    return true;
  }

  async function resume(isCameBackTo) {
    const merchantUid = remembered("getItem");
    if (!merchantUid || busy) {
      return;
    }
    const attempt = { merchant_uid: merchantUid };
    try {
      // Who came to buy something else has seen the receipt of a payment that the shop knew of already.
      if (!isCameBackTo && isNewVisit() && (await ask(attempt, { ask: false })).next) {
        forget();
        return;
      }
      const answer = await ask(attempt);
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

  if (!window.IMP) {
    show(say.noSdk, "error");
  } else if (config.tierCode) {
    window.IMP.agency(config.merchantCode, config.tierCode);
  } else {
    window.IMP.init(config.merchantCode);
  }

  if (form) {
    form.addEventListener("submit", start);
  } else {
    triggers().forEach((button) => button.addEventListener("click", start));
  }
})();
