// Calls a client package of Node's for a test: a question a line in, an answer a line out.
//     node bridge.js PACKAGE HOST KEY SECRET
"use strict";

const readline = require("node:readline");

const [name, host, key, secret] = process.argv.slice(2);

const clients = {
  iamport: (Iamport) => {
    Iamport.DEFAULT_HOST = host;
    const client = new Iamport({ impKey: key, impSecret: secret });
    const property = (resource) => resource[0].toLowerCase() + resource.slice(1);
    return {
      methods: Object.entries(Iamport.resources).flatMap(([resource, made]) =>
        named(made.prototype).map((method) => [property(resource), method])
      ),
      call: (resource, method, params) => client[resource][method](params),
    };
  },
  "iamport-rest-client-nodejs": ({ Iamport, Request }) => {
    const client = new Iamport({ apiKey: key, apiSecret: secret, baseUrl: host });
    return {
      methods: Object.entries(Request).flatMap(([group, made]) => named(made).map((method) => [group, method])),
      call: (group, method, params) =>
        Request[group][method](params)
          .request(client)
          .then((answer) => answer.data.response),
    };
  },
  iamporter: ({ Iamporter }) => {
    const client = new Iamporter({ apiKey: key, secret, host });
    return {
      methods: named(Iamporter.prototype)
        .filter((method) => !method.startsWith("_"))
        .map((method) => ["iamporter", method]),
      call: (_, method, params) => client[method](...(params.given || [])),
    };
  },
};

function named(made) {
  return Object.getOwnPropertyNames(made).filter(
    (method) => typeof made[method] === "function" && method !== "constructor"
  );
}

const { methods, call } = clients[name](require(name));

async function answer({ resource, method, params }) {
  if (!resource) return { response: methods };
  try {
    return { response: await call(resource, method, params) };
  } catch (error) {
    return { refused: refusal(error) };
  }
}

// Each package has an error of its own: what HTTP and the envelope said is somewhere in it.
function refusal(error) {
  const status = error.response && error.response.status;
  const envelope = (error.response && error.response.data) || error.raw || {};
  const code = status && status !== 200 ? `HTTP_${status}` : `IAMPORT_${envelope.code}`;
  const said = envelope.code === undefined ? null : code;
  return { code: error.code || said, message: envelope.message || error.message || "" };
}

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + "\n");
});
