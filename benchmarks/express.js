// The least that a gateway does, on Express: payments in memory, one operation to make one and one to read it.
// `node benchmarks/express.js` prints its port.
const express = require("express");

const payments = new Map();
const token = "token";
const app = express();
app.use(express.json());

const answer = (response, found) => response.json({ code: 0, message: null, response: found });

app.post("/users/getToken", (request, response) => answer(response, { access_token: token, now: 0, expired_at: 1800 }));

app.use((request, response, next) =>
  request.get("Authorization") === token ? next() : response.status(401).json({ code: -1, message: "Unauthorized" }),
);

app.post("/subscribe/payments/onetime", (request, response) => {
  const { merchant_uid, amount, name } = request.body;
  const paid = { imp_uid: `imp_${payments.size}`, merchant_uid, amount, name, status: "paid", cancel_history: [] };
  payments.set(paid.imp_uid, { ...paid, pay_method: "card", currency: "KRW", cancel_amount: 0, paid_at: 1700000000 });
  answer(response, payments.get(paid.imp_uid));
});

app.get("/payments/:imp_uid", (request, response) => answer(response, payments.get(request.params.imp_uid)));

const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
