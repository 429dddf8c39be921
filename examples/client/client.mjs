// Asks a server for rates, and lets it price a basket. Needs Node 18 or newer, and nothing else.
//
//   TAXD_URL=http://127.0.0.1:8080 TAXD_TOKEN=... node examples/client/client.mjs

const base = `${process.env.TAXD_URL}/v1/acme`;

async function ask(method, path, body) {
  const answer = await fetch(base + path, {
    method,
    headers: {
      Authorization: `Bearer ${process.env.TAXD_TOKEN}`,
      "Content-Type": "application/json",
      "Accept-Language": "de-AT, en;q=0.5",
    },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const result = await answer.json();
  if (!answer.ok) {
    throw Object.assign(new Error(result.error.message), result.error); // has a code, perhaps a suggestion
  }
  return result;
}

// Percentages are texts: no binary float can hold 9.975.
const rate = await ask("GET", "/lookup?country=AT&postalCode=6991&class=STANDARD&date=2026-11-21");
console.log(`${rate.location.country}-${rate.location.region} ${rate.class}: ${rate.taxName} ${rate.percent} %`);

// Amounts of the answer are cents. Store it with the order: a refund is computed from it.
const priced = await ask("POST", "/baskets/price", {
  place: { country: "DE", date: "2026-11-21" },
  policy: { currency: "EUR", level: "rate" },
  basket: {
    lines: [
      { id: "book", class: "REDUCED", quantity: 2, price: "9.99", includesTax: true },
      { id: "pen", class: "STANDARD", quantity: 1, price: "2.50", includesTax: true },
    ],
  },
});
console.log(`2 books and a pen: net ${priced.total.net} + tax ${priced.total.tax} = ${priced.payable} cents`);

try {
  await ask("GET", "/lookup?country=DE&class=REDUCE&date=2026-11-21");
} catch (error) {
  console.log(`a mistake: ${error.message}, did you mean ${error.suggestion}?`);
}
