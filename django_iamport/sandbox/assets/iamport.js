// The browser SDK of the Iamport sandbox. Defines window.IMP with init, agency, request_pay and close.
// It needs nothing of the page's Content-Security-Policy but this script and a frame from the same place.
(function () {
  "use strict";

  if (window.IMP) {
    return;
  }

  const script = document.currentScript;
  const address = new URL(script.src);
  const base = new URL(".", address);
  const isLegacy = address.searchParams.has("legacy");
  const PHONE = /Android|iPhone|iPad|iPod|Mobile/i;
  const PATIENCE = 15000;
  const TEXT = {
    noInit: "판매자 코드가 설정되지 않았습니다. IMP.init()함수를 먼저 호출하세요.",
    noParams: "결제요청 파라메터가 누락되었습니다.",
    broken: "결제모듈 구동 중에 오류가 발생하였습니다. 페이지 새로고침 후 다시 시도해주세요.",
    title: "결제창 / Payment window",
  };

  let merchantCode = null;
  let visible = null;

  function isNarrow() {
    return window.matchMedia("(max-width: 600px)").matches || PHONE.test(navigator.userAgent);
  }

  // The overlay: a dialog with one frame. Styled through the CSSOM, which a strict policy permits.
  function buildDialog() {
    const dialog = document.createElement("dialog");
    dialog.className = "imp-dialog customizable";
    dialog.setAttribute("aria-label", TEXT.title);
    Object.assign(dialog.style, {
      display: "none", alignItems: "center", justifyContent: "center",
      width: "100vw", height: "100vh", maxWidth: "none", maxHeight: "none",
      margin: "0", padding: "0", border: "0", background: "rgba(15, 23, 42, 0.6)",
    });
    // Only the window's own buttons end it, so that the gateway hears of it too.
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("close", () => dialog.isConnected && dialog.showModal());
    const frame = document.createElement("iframe");
    frame.className = "imp-frame imp-frame-pc";
    frame.title = TEXT.title;
    Object.assign(frame.style, {
      width: "min(520px, 96vw)", height: "min(860px, 96vh)", border: "0", borderRadius: "14px",
      background: "#fff", boxShadow: "0 24px 64px rgba(15, 23, 42, 0.45)", colorScheme: "light",
    });
    frame.src = new URL("window/frame", base).href;
    dialog.append(frame);
    return { dialog, frame };
  }

  function requestId() {
    return "req_" + Date.now() + "_" + Math.random().toString(36).slice(2);
  }

  class PaymentRequest {
    constructor(params, callback) {
      this.params = params;
      this.callback = callback;
      this.id = requestId();
      this.narrow = isNarrow();
      this.focused = document.activeElement;
      Object.assign(this, buildDialog());
      this.hear = (event) => this.listen(event);
      window.addEventListener("message", this.hear);
      this.timer = setTimeout(() => this.fail(), PATIENCE);
      document.body.append(this.dialog);
    }

    listen(event) {
      if (event.origin !== base.origin || event.source !== this.frame.contentWindow) {
        return;
      }
      let message;
      try {
        message = JSON.parse(event.data);
      } catch {
        return;
      }
      if (message && message.from === "iamport-sdk") {
        this.handle(message.action, message.data || {});
      }
    }

    handle(action, data) {
      if (action === "ready") {
        this.send();
      } else if (action === "opened") {
        this.show(data);
      } else if (action === "refused") {
        this.refuse(data);
      } else if (action === "broken") {
        this.fail();
      } else if (action === "done") {
        this.answer(isLegacy ? data.legacy : data.current);
      } else if (action === "lost") {
        this.remove();
      }
    }

    send() {
      const data = {
        request_id: this.id,
        merchant_code: merchantCode,
        params: this.params,
        device: this.narrow ? "mobile" : "pc",
        origin: location.origin,
      };
      this.frame.contentWindow.postMessage(
        JSON.stringify({ action: "request_pay", data, origin: location.origin, from: "iamport-sdk" }),
        base.origin,
      );
    }

    show(data) {
      clearTimeout(this.timer);
      const url = new URL(data.url, base);
      if (this.narrow) {
        // The payment window takes the page's place, and comes back through m_redirect_url.
        document.body.classList.add("imp-payment-progress");
        location.assign(url);
        return;
      }
      this.frame.src = url.href;
      this.frame.addEventListener("load", () => this.frame.focus(), { once: true });
      this.dialog.style.display = "flex";
      this.dialog.showModal();
    }

    // Refused before the window: on phones a page without callback hears of it by redirect.
    refuse(data) {
      if (!this.callback && this.narrow && data.redirect_url) {
        this.remove();
        location.assign(data.redirect_url);
        return;
      }
      this.answer(isLegacy ? { success: false, imp_success: false, ...data.refused } : data.refused);
    }

    fail() {
      this.answer({
        imp_uid: null,
        merchant_uid: this.params.merchant_uid,
        error_code: "SDK_ERROR",
        error_msg: TEXT.broken,
      });
    }

    answer(response) {
      const callback = this.callback;
      this.callback = null;
      this.remove();
      if (typeof callback !== "function") {
        return;
      }
      try {
        callback.call({}, response);
      } catch (error) {
        console.error(error);
      }
    }

    remove() {
      clearTimeout(this.timer);
      window.removeEventListener("message", this.hear);
      this.dialog.remove();
      if (visible === this) {
        visible = null;
      }
      if (this.focused && this.focused.isConnected && this.focused.focus) {
        this.focused.focus();
      }
    }
  }

  window.IMP = {
    init(userCode) {
      merchantCode = userCode;
    },
    agency(userCode, tierCode) {
      merchantCode = userCode;
    },
    request_pay(params, callback) {
      if (!merchantCode) {
        alert(TEXT.noInit);
        return undefined;
      }
      if (!params || typeof params !== "object") {
        alert(TEXT.noParams);
        return false;
      }
      if (visible) {
        visible.remove();
      }
      visible = new PaymentRequest({ ...params }, callback);
      return undefined;
    },
    close() {
      if (visible) {
        visible.remove();
      }
    },
  };

  // A page that comes back from the browser's cache shows no window and no progress.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      document.body.classList.remove("imp-payment-progress");
      window.IMP.close();
    }
  });
})();
