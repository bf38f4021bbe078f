// Calls the gateway's official Node client for a test: a question a line in, an answer a line out.
//     node bridge.js HOST KEY SECRET
"use strict";

const readline = require("node:readline");
const Iamport = require("iamport");

const [host, impKey, impSecret] = process.argv.slice(2);
Iamport.DEFAULT_HOST = host;
const iamport = new Iamport({ impKey, impSecret });

const property = (resource) => resource[0].toLowerCase() + resource.slice(1);

function methods() {
  const named = ([resource, made]) =>
    Object.keys(made.prototype)
      .filter((name) => typeof made.prototype[name] === "function")
      .map((name) => [property(resource), name]);
  return Object.entries(Iamport.resources).flatMap(named);
}

async function answer({ resource, method, params }) {
  if (!resource) return { response: methods() };
  try {
    return { response: await iamport[resource][method](params) };
  } catch (error) {
    return { refused: { code: error.code || null, message: error.message } };
  }
}

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + "\n");
});
