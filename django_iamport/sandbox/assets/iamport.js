// The browser SDK of the Iamport sandbox. Defines window.IMP with init, agency, request_pay, certification, naver_zzim,
// communicate, close and deinit; iamport_ui.js, which is served behind it in the same file, adds the rest. It needs nothing of the page's Content-Security-Policy but this script and a frame from the same place.
(function () {
  "use strict";

  // A second copy leaves the first alone.
  if (window.IMP) {
    return;
  }

  const address = new URL(document.currentScript.src);
  // Also served where the gateway's own scripts are: v1/iamport.js, js/iamport.payment-1.x.y.js.
  const base = new URL(/\/(v1|js)\/[^/]*$/.test(address.pathname) ? ".." : ".", address);
  const isLegacy = address.searchParams.has("legacy") || /iamport\.payment-1\./.test(address.pathname);
  const PHONE = /Android|iPhone|iPad|iPod|Mobile/i;
  // The account's channels, and where the window of each opens; the server fills them in.
  const CHANNELS = [];
  const PATIENCE = 15000;
  const TEXT = {
    noInit: "판매자 코드가 설정되지 않았습니다. IMP.init()함수를 먼저 호출하세요.",
    noParams: "결제요청 파라메터가 누락되었습니다.",
    noChannel: "등록되지 않은 PG모듈 정보입니다.",
    broken: "결제모듈 구동 중에 오류가 발생하였습니다. 페이지 새로고침 후 다시 시도해주세요.",
    closed: "사용자가 결제를 취소하였습니다.",
    blocked: "팝업이 차단되어 창을 열 수 없습니다. 브라우저의 팝업 차단을 해제한 후 다시 시도해주세요.",
    title: "결제창 / Payment window",
  };

  let merchantCode = null;
  let tierCode = null;
  let visible = null;

  function isNarrow() {
    return window.matchMedia("(max-width: 600px)").matches || PHONE.test(navigator.userAgent);
  }

  // The channel that the gateway will choose: the click is over by the time that it could be asked. Which one of a
  // group it takes can't be known here.
  function channelOf(params) {
    const group = params.channelGroupId || params.channel_group_id;
    const [pg, ...mid] = String(params.pg || "").split(".");
    const sells = (channel) => channel.methods.includes(params.pay_method);
    const offers = (channel) => !params.pay_method || channel.is_wallet || sells(channel);
    const ofPg = CHANNELS.filter((channel) => channel.pg === pg);
    const usual = CHANNELS.slice(0, 1);
    const found = [
      CHANNELS.filter((channel) => channel.key === params.channelKey),
      CHANNELS.filter((channel) => group && channel.group === group),
      ofPg.filter((channel) => channel.mid === mid.join(".")),
      ofPg,
      usual.filter(offers),
      CHANNELS.filter(sells),
      usual,
    ].find((channels) => channels.length) || [];
    return found.find(offers) || found[0] || { pc: "overlay", mobile: "page" };
  }

  // Over the page at a desk, in its place on a phone, in a window of its own where page or PG want that.
  function wayOf(action, params) {
    if (action === "certification") {
      return isNarrow() && params.popup !== true ? "page" : "popup";
    }
    if (params.popup === true) {
      return "popup";
    }
    if (action === "zzim") {
      return isNarrow() ? "page" : "popup";
    }
    const channel = channelOf(params);
    const way = isNarrow() ? channel.mobile : channel.pc;
    if (channel.pg === "naverpay" && params.naverPopupMode === false) {
      return "page";
    }
    return params.popup === false && way === "popup" ? "overlay" : way;
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

  // What a request is shown in. Each has the window that is talked to, and says where the payment window goes.
  class Overlay {
    constructor() {
      Object.assign(this, buildDialog());
      document.body.append(this.dialog);
    }

    get speaker() {
      return this.frame.contentWindow;
    }

    show(url) {
      this.frame.addEventListener("load", () => this.frame.focus(), { once: true });
      // Replaced, so that the page's back button leads to no empty frame.
      this.frame.contentWindow.location.replace(url);
      this.dialog.style.display = "flex";
      this.dialog.showModal();
    }

    remove() {
      this.dialog.remove();
    }
  }

  // The payment window takes the page's place, and comes back through m_redirect_url.
  class InPlace extends Overlay {
    show(url) {
      document.body.classList.add("imp-payment-progress");
      location.assign(url);
    }
  }

  class Popup {
    constructor(id, closed) {
      this.speaker = window.open(
        new URL("window/frame", base).href, `imp-popup-${id}`, "popup,width=520,height=860,scrollbars=yes",
      );
      this.isBlocked = !this.speaker || this.speaker.closed;
      // What the window says last may still be on its way when it is closed already.
      this.watch = setInterval(() => {
        if (!this.isBlocked && this.speaker.closed) {
          clearInterval(this.watch);
          setTimeout(closed, 300);
        }
      }, 300);
    }

    show(url) {
      this.speaker.location.replace(url);
      this.speaker.focus();
    }

    remove() {
      clearInterval(this.watch);
      if (this.speaker) {
        this.speaker.close();
      }
    }
  }

  class Request {
    constructor(action, params, callback) {
      this.action = action;
      this.params = params;
      this.callback = callback;
      this.id = `req_${Date.now()}_${Math.random().toString(36).slice(2)}`;
      this.way = wayOf(action, params);
      this.focused = document.activeElement;
      this.imp_uid = null;
      this.hear = (event) => this.listen(event);
      window.addEventListener("message", this.hear);
      this.timer = setTimeout(() => this.fail(), PATIENCE);
    }

    start() {
      if (this.way === "popup") {
        this.place = new Popup(this.id, () => this.end("POPUP_CLOSED", TEXT.closed));
        if (this.place.isBlocked) {
          this.end("POPUP_BLOCKED", TEXT.blocked);
        }
      } else {
        this.place = this.way === "page" ? new InPlace() : new Overlay();
      }
    }

    listen(event) {
      if (event.origin !== base.origin || event.source !== this.place.speaker) {
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
        clearTimeout(this.timer);
        this.imp_uid = data.imp_uid;
        this.params.merchant_uid = data.merchant_uid;
        this.place.show(new URL(data.url, base).href);
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
        tier_code: tierCode,
        params: this.params,
        device: isNarrow() ? "mobile" : "pc",
        origin: location.origin,
      };
      this.tell(this.action, data);
    }

    tell(action, data) {
      this.place.speaker.postMessage(
        JSON.stringify({ action, data, origin: location.origin, from: "iamport-sdk" }), base.origin,
      );
    }

    // Refused before the window: a page without callback hears of it by redirect on phones, by alert elsewhere.
    refuse(data) {
      if (!this.callback && this.way === "page" && data.redirect_url) {
        this.remove();
        location.assign(data.redirect_url);
        return;
      }
      if (!this.callback) {
        this.remove();
        alert(data.refused.error_msg);
        return;
      }
      this.answer(this.shaped(data.refused));
    }

    end(error_code, error_msg) {
      const { imp_uid } = this;
      this.answer(this.shaped({ imp_uid, merchant_uid: this.params.merchant_uid, error_code, error_msg }));
    }

    fail() {
      this.end("SDK_ERROR", TEXT.broken);
    }

    shaped(refused) {
      if (!isLegacy) {
        return refused;
      }
      const shape = { success: false, imp_success: false, ...refused };
      // The legacy script misspells the key of this one message.
      return (refused.error_msg || "").startsWith(TEXT.noChannel)
        ? { ...shape, error_coe: refused.error_code } : shape;
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
      this.place.remove();
      if (visible === this) {
        visible = null;
      }
      if (this.focused && this.focused.isConnected && this.focused.focus) {
        this.focused.focus();
      }
    }
  }

  function begin(action, params, callback) {
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
    visible = new Request(action, { ...params }, callback);
    visible.start();
    return undefined;
  }

  window.IMP = {
    init(userCode) {
      merchantCode = userCode;
      tierCode = null;
    },
    agency(userCode, code) {
      merchantCode = userCode;
      tierCode = code;
    },
    request_pay(params, callback) {
      return begin("request_pay", params, callback);
    },
    certification(params, callback) {
      return begin("certification", params, callback);
    },
    naver_zzim(params) {
      return begin("zzim", params && { pg: "naverco", ...params });
    },
    // A native app came back from a wallet's: {result: "process"} or {result: "cancel"}.
    communicate(message) {
      if (visible && visible.place) {
        visible.tell("communicate", message);
      }
    },
    close() {
      if (visible) {
        visible.remove();
      }
    },
    // As if the script had never been loaded: another copy may come.
    deinit() {
      window.IMP.close();
      merchantCode = null;
      tierCode = null;
      window.removeEventListener("pageshow", comeBack);
      delete window.IMP;
    },
  };

  // A page that comes back from the browser's cache shows no window and no progress.
  function comeBack(event) {
    if (event.persisted) {
      document.body.classList.remove("imp-payment-progress");
      window.IMP.close();
    }
  }
  window.addEventListener("pageshow", comeBack);
})();
