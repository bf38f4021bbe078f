// The rest of window.IMP: what draws into the shop's page (loadUI, updateLoadUIRequest), TossPayments' brandpay module
// (loadModule), and payport, which is no longer sold. Styled through the CSSOM, which a strict policy permits.
(function () {
  "use strict";

  const IMP = window.IMP;
  if (!IMP || IMP.loadUI) {
    return;
  }

  const WIDGET_BUTTON = "portone-toss-brandpay-widget-button";
  const PG_OF_UI = { "paypal-spb": "paypal_v2", "paypal-rt": "paypal_v2", "toss-brandpay-widget": "toss_brandpay" };
  const TEXT = {
    noContainer: "portone-ui-container를 찾을 수 없습니다.",
    noType: "data-portone-ui-type에 올바른 UI 타입을 입력해주세요.",
    twoTypes: "동일한 data-portone-ui-type을 갖는 DOM element가 2개 이상 존재합니다.",
    notLoaded: "IMP.loadUI()함수를 먼저 호출하세요.",
    noModule: "지원하지 않는 모듈입니다.",
    noButton: `id가 ${WIDGET_BUTTON}인 element를 찾을 수 없습니다.`,
    payport: "종료된 서비스입니다.",
  };
  // What a buyer has registered at brandpay, for practice.
  const METHODS = {
    isIdentified: true,
    selectedMethodId: "practice-card-1",
    cards: [
      { id: "practice-card-1", alias: "신한카드", cardName: "신한카드", cardNumber: "512345******0012", cardType: "신용" },
      { id: "practice-card-2", alias: "현대카드", cardName: "현대카드", cardNumber: "402857******1004", cardType: "체크" },
    ],
    accounts: [
      { id: "practice-account-1", alias: "국민은행", accountName: "국민은행", accountNumber: "1002*****5678", bankCode: "06" },
    ],
  };
  const loaded = new Map();

  function containerOf(uiType) {
    const all = [...document.querySelectorAll(".portone-ui-container")];
    if (!all.length) {
      throw new Error(TEXT.noContainer);
    }
    if (all.length === 1) {
      return all[0];
    }
    const fitting = all.filter((each) => each.dataset.portoneUiType === uiType);
    if (fitting.length !== 1) {
      throw new Error(fitting.length ? TEXT.twoTypes : TEXT.noType);
    }
    return fitting[0];
  }

  function element(tag, style, text = "") {
    const made = document.createElement(tag);
    made.textContent = text;
    Object.assign(made.style, style);
    return made;
  }

  function button(text, colours, press) {
    const made = element("button", {
      display: "block", width: "100%", minHeight: "45px", margin: "0 0 8px", border: "0", borderRadius: "6px",
      font: "bold 16px/1.2 system-ui, sans-serif", cursor: "pointer", ...colours,
    }, text);
    made.type = "button";
    made.addEventListener("click", press);
    return made;
  }

  function drawPaypal(container, press, uiType) {
    const gold = { background: "#ffc439", color: "#111827" };
    container.append(button("PayPal", gold, press));
    if (uiType === "paypal-spb") {
      container.append(button("Debit or Credit Card", { background: "#2c2e2f", color: "#fff" }, press));
    }
  }

  // The means that the buyer registered; the shop's own button pays with the chosen one.
  function drawBrandpay(container, press, uiType, ui) {
    const pay = document.getElementById(WIDGET_BUTTON);
    if (!pay) {
      throw new Error(TEXT.noButton);
    }
    const list = element("fieldset", { border: "1px solid #8291a7", borderRadius: "10px", padding: "8px 14px" });
    for (const method of [...METHODS.cards, ...METHODS.accounts]) {
      const label = element("label", { display: "block", padding: "8px 0", font: "15px/1.4 system-ui, sans-serif" });
      const radio = element("input", { margin: "0 8px 0 0" });
      Object.assign(radio, { type: "radio", name: "portone-toss-brandpay", value: method.id });
      radio.checked = method.id === METHODS.selectedMethodId;
      label.append(radio, `${method.alias} ${method.cardNumber || method.accountNumber}`);
      list.append(label);
    }
    container.append(list);
    ui.chosen = () => list.querySelector("input:checked").value;
    pay.addEventListener("click", press);
    ui.undo = () => pay.removeEventListener("click", press);
  }

  function unload(uiType) {
    const ui = loaded.get(uiType);
    if (ui) {
      ui.undo();
      ui.container.replaceChildren();
      loaded.delete(uiType);
    }
  }

  function asked(ui) {
    const params = { pg: ui.pg, ...ui.params };
    if (!ui.chosen) {
      return params;
    }
    const bypass = params.bypass || {};
    const toss_brandpay = { methodId: ui.chosen(), ...bypass.toss_brandpay };
    return { ...params, bypass: { ...bypass, toss_brandpay } };
  }

  // A window that brandpay shows over the page: it is agreed to, or closed.
  function ask(title) {
    return new Promise((resolve, reject) => {
      const dialog = element("dialog", { border: "0", borderRadius: "14px", padding: "20px", maxWidth: "340px" });
      const close = (settle) => {
        dialog.remove();
        settle();
      };
      const refuse = () => reject(Object.assign(new Error("사용자가 창을 닫았습니다."), { code: "USER_CANCEL" }));
      dialog.setAttribute("aria-label", title);
      dialog.addEventListener("cancel", () => close(refuse));
      dialog.append(
        element("p", { font: "bold 16px/1.5 system-ui, sans-serif", margin: "0 0 14px" }, title),
        button("확인 / OK", { background: "#1b64da", color: "#fff" }, () => close(resolve)),
        button("닫기 / Close", { background: "#e6eaf0", color: "#0f172a" }, () => close(refuse)),
      );
      document.body.append(dialog);
      dialog.showModal();
    });
  }

  const brandpay = {
    setupPassword: () => ask("결제 비밀번호 설정 / Payment password"),
    openSettings: () => ask("결제수단 관리 / Payment settings"),
    getPaymentMethods: () => Promise.resolve(structuredClone(METHODS)),
  };

  const deinit = IMP.deinit;
  Object.assign(IMP, {
    loadUI(uiType, params, callback) {
      if (!Object.hasOwn(PG_OF_UI, uiType)) {
        throw new Error(TEXT.noType);
      }
      const container = containerOf(uiType);
      unload(uiType);
      container.replaceChildren();
      const ui = { container, params: { ...params }, pg: PG_OF_UI[uiType], undo: () => undefined };
      const draw = uiType === "toss-brandpay-widget" ? drawBrandpay : drawPaypal;
      draw(container, () => IMP.request_pay(asked(ui), callback), uiType, ui);
      loaded.set(uiType, ui);
    },
    updateLoadUIRequest(uiType, params) {
      const ui = loaded.get(uiType);
      if (!ui) {
        throw new Error(TEXT.notLoaded);
      }
      ui.params = { ...params };
    },
    loadModule(moduleType) {
      return moduleType === "toss-brandpay"
        ? Promise.resolve({ ...brandpay })
        : Promise.reject(new Error(TEXT.noModule));
    },
    payport(data, callback) {
      if (typeof callback === "function") {
        callback.call({}, { impSuccess: false, errorMsg: TEXT.payport });
      }
    },
    deinit() {
      for (const uiType of [...loaded.keys()]) {
        unload(uiType);
      }
      deinit();
    },
  });
})();
