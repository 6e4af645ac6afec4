(config) => {
  const base = new URL(document.currentScript.src).origin;
  const query = new URLSearchParams(location.search);
  const stored = "softswitch.client";
  const cookie = document.cookie.match(/(?:^|; )_ym_uid=([0-9]+)/);
  let client = cookie ? cookie[1] : localStorage.getItem(stored);
  if (!client) {
    client = `${Date.now()}${Math.floor(Math.random() * 1e6)}`;
    localStorage.setItem(stored, client);
  }
  const clean = (text) => (/^[A-Za-z0-9._-]{0,200}$/.test(text || "") ? text || "" : "");
  const show = (number) => {
    for (const link of document.querySelectorAll('a[href^="tel:"]')) {
      if (link.dataset.trackedNumber === undefined && link.getAttribute("href") !== `tel:${config.fallback}`) continue;
      link.href = `tel:${number}`;
    }
    for (const place of document.querySelectorAll("[data-tracked-number]")) {
      place.textContent = number;
      place.dataset.trackedNumber = number;
    }
  };
  fetch(`${base}/tracking/${config.key}/lease`, {
    method: "POST", credentials: "omit", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      client, url: location.href.slice(0, 500), yclid: clean(query.get("yclid")), gclid: clean(query.get("gclid")),
    }),
  }).then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
    .then((lease) => show(lease.number), () => show(config.fallback));
};
