(config) => {
  const base = new URL(document.currentScript.src).origin;
  const { source, sourceRef } = document.currentScript.dataset;
  const place = document.getElementById("InfratelContactWidget");
  const words = {
    en: {
      contact: "Contact us", browser: "Call from this page", callMe: "Call me", form: "Write to us", close: "Close",
      name: "Your name", phone: "Your phone number", email: "Your e-mail", text: "Your message", send: "Send",
      calling: "Calling…", talking: "You are connected", hangUp: "Hang up", ended: "The call has ended",
      ringing: "We are calling you. Please pick up your phone.", thanks: "Thank you. We will answer soon.",
      failed: "That did not work. Please try again.", closed: "Nobody is there at this time. Write to us.",
      consent: "You may contact me about this request", reply: "Answer me", byEmail: "by e-mail", byPhone: "by a call",
      hours: "Opening hours", shut: "closed", card: "Save our contact card", map: "Show the map", route: "Open the map",
    },
    ru: {
      contact: "Связаться с нами", browser: "Позвонить с сайта", callMe: "Перезвоните мне", form: "Написать нам",
      close: "Закрыть", name: "Ваше имя", phone: "Ваш телефон", email: "Ваша почта", text: "Сообщение",
      send: "Отправить", calling: "Вызов…", talking: "Вы на связи", hangUp: "Завершить", ended: "Разговор окончен",
      ringing: "Мы звоним вам. Возьмите, пожалуйста, трубку.", thanks: "Спасибо. Мы скоро ответим.",
      failed: "Не получилось. Попробуйте ещё раз.", closed: "Сейчас никого нет. Напишите нам.",
      consent: "Со мной можно связаться по этому запросу", reply: "Ответьте мне", byEmail: "по почте", byPhone: "по телефону",
      hours: "Часы работы", shut: "закрыто", card: "Сохранить наши контакты", map: "Показать карту", route: "Открыть карту",
    },
  };
  const language = (document.documentElement.lang || config.language).slice(0, 2);
  const t = words[language] || words[config.language] || words.en;
  const make = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  const style = new CSSStyleSheet();
  style.replaceSync(`
    :host { all: initial; }
    .root { font: 16px/1.4 system-ui, sans-serif; color: #1c1c1c; }
    .root.floating { position: fixed; right: 20px; bottom: 20px; z-index: 2147483000; max-width: calc(100vw - 40px); }
    button, .link { font: inherit; border: 0; border-radius: 8px; padding: 10px 16px; cursor: pointer;
      background: ${config.color}; color: #fff; text-decoration: none; display: inline-block; }
    button:focus-visible, input:focus-visible, textarea:focus-visible, select:focus-visible, .link:focus-visible { outline: 3px solid #f5a623; outline-offset: 2px; }
    .panel { background: #fff; border: 1px solid #d0d4da; border-radius: 12px; padding: 16px; width: 300px; max-width: 100%;
      box-sizing: border-box; box-shadow: 0 8px 30px rgb(0 0 0 / 20%); display: grid; gap: 10px; }
    .plain { background: #eef1f5; color: #1c1c1c; }
    label { display: grid; gap: 2px; font-size: 14px; } [hidden] { display: none !important; }
    .about { display: grid; gap: 8px; font-size: 14px; } .about a { color: inherit; }
    .about iframe { border: 0; width: 100%; height: 200px; border-radius: 8px; }
    table { border-collapse: collapse; width: 100%; } caption, th { text-align: start; font-weight: 600; } td { text-align: end; }
    th { font-weight: 400; } label.check { display: flex; gap: 6px; align-items: start; }
    input, textarea, select { font: inherit; padding: 8px; border: 1px solid #8a94a3; border-radius: 6px; width: 100%; box-sizing: border-box; }
    .trap { position: absolute; left: -9999px; }
    @media (prefers-color-scheme: dark) {
      .panel { background: #20242b; color: #f0f2f5; border-color: #3a414c; } .plain { background: #343b46; color: #f0f2f5; }
      input, textarea, select { background: #171a1f; color: #f0f2f5; }
    }`);
  const host = make("div", { id: "softswitch-widget" });
  const shadow = host.attachShadow({ mode: "open" });
  shadow.adoptedStyleSheets = [style];
  const panel = make("div", { className: "panel", hidden: true });
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", config.text || t.contact);
  const opener = make("button", { type: "button", className: "open", textContent: config.text || t.contact });
  shadow.append(make("div", { className: place ? "root" : "root floating" }, panel, opener));
  (place || document.body).append(host);

  const post = async (path, body) => {
    const answer = await fetch(base + path, {
      method: "POST", credentials: "omit", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    const document = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(document.detail), { code: document.code });
    return document;
  };
  let page = null;
  const enter = async () => { page = await post(`/clickconnect/${config.key}/token`, {}); return page; };
  /* A token is good for one call and ten minutes: a page that stood open gets another one, once. */
  const withToken = async (path, body) => {
    try {
      return await post(path, { ...body, token: page.token });
    } catch (problem) {
      if (problem.code !== "token_invalid") throw problem;
      return await post(path, { ...body, token: (await enter()).token });
    }
  };
  const say = (text, ...more) => {
    const status = make("div", { textContent: text });
    status.setAttribute("role", "status");
    panel.replaceChildren(status, ...more, closer());
  };
  const closer = () => make("button", { type: "button", className: "plain", textContent: t.close, onclick: close });
  const close = () => { panel.hidden = true; opener.hidden = false; opener.focus(); };
  const fail = (problem) => say(problem.message || t.failed, make("button", { type: "button", textContent: t.form, onclick: write }));

  const field = (name, label, properties = {}, kind = "input") =>
    make("label", {}, label, make(kind, { name, ...properties }));
  const form = (fields, send) => {
    const made = make("form", { className: "fields" }, ...fields, make("button", { type: "submit", textContent: t.send }));
    made.style.display = "grid";
    made.style.gap = "10px";
    made.onsubmit = async (event) => {
      event.preventDefault();
      made.querySelector("button").disabled = true;
      try { await send(Object.fromEntries(new FormData(made))); } catch (problem) { fail(problem); }
    };
    panel.replaceChildren(made, closer());
    made.querySelector("input").focus();
  };
  const where = () => location.href.slice(0, 500);
  const filled = (given) => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
  const write = () => {
    const id = crypto.getRandomValues(new Uint8Array(16)).reduce((text, byte) => text + byte.toString(16).padStart(2, "0"), "");
    const trap = field("website", "Website", { tabIndex: -1, autocomplete: "off" });
    trap.className = "trap";
    trap.setAttribute("aria-hidden", "true");
    const consent = make("label", { className: "check" }, make("input", { type: "checkbox", name: "consent" }), t.consent);
    consent.firstChild.style.width = "auto";
    const email = field("email", t.email, { type: "email", autocomplete: "email", maxLength: 254 });
    const phone = field("phone", t.phone, { type: "tel", autocomplete: "tel", maxLength: 40 });
    const text = field("text", t.text, { maxLength: 10000, rows: 4 }, "textarea");
    const reply = field("kind", t.reply, {}, "select");
    reply.lastChild.append(new Option(t.byEmail, "email"), new Option(t.byPhone, "callback"));
    reply.onchange = () => {
      const back = reply.lastChild.value === "callback";
      [email.hidden, phone.hidden] = [back, !back];
      [email.lastChild.required, text.lastChild.required, phone.lastChild.required] = [!back, !back, back];
    };
    reply.onchange();
    form([field("name", t.name, { autocomplete: "name", maxLength: 120 }), reply, email, phone, text, trap, consent], async (given) => {
      const from = filled({ source: source || "", sourceRef: sourceRef || "" });
      const body = { ...filled(given), ...from, consent: given.consent === "on", id, tenantKey: config.key, page: where() };
      await post("/contact/v2/requests", body);
      say(t.thanks);
    });
  };
  const callMe = () => form([
    field("phone", t.phone, { type: "tel", required: true, autocomplete: "tel", maxLength: 40 }),
    field("name", t.name, { autocomplete: "name", maxLength: 120 }),
  ], async (given) => {
    await withToken(`/clickconnect/${config.key}/calls`, { ...filled(given), page: where() });
    say(t.ringing);
  });
  const load = (source) => new Promise((done, failed) => {
    document.head.append(make("script", { src: source, onload: done, onerror: () => failed(new Error(t.failed)) }));
  });
  const talk = async () => {
    say(t.calling);
    try {
      if (!window.SoftswitchVisit) await load(`${base}/clickconnect/call.js`);
      const visit = await withToken(`/clickconnect/${config.key}/visits`, {});
      const call = window.SoftswitchVisit.call(visit, (state) => {
        if (state === "talking") say(t.talking, hangUp);
        if (state === "ended") say(t.ended);
        if (state === "failed") fail(new Error(t.failed));
      });
      const hangUp = make("button", { type: "button", textContent: t.hangUp, onclick: () => call.hangUp() });
      say(t.calling, hangUp);
    } catch (problem) { fail(problem); }
  };
  const week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
  const weekday = new Intl.DateTimeFormat(words[language] ? language : config.language, { weekday: "long", timeZone: "UTC" });
  const hours = ({ days, timezone }) => make("table", {}, make("caption", { textContent: `${t.hours} (${timezone})` }), ...week.map((day, nth) =>
    make("tr", {}, make("th", { scope: "row", textContent: weekday.format(Date.UTC(2024, 0, 1 + nth)) }),
      make("td", { textContent: (days[day] || []).map((open) => open.join("–")).join(", ") || t.shut }))));
  /* Nothing is fetched from the map's server before the visitor wants to see it. */
  const OSM = "https://www.openstreetmap.org";
  const map = ({ address, point }) => {
    const [lat, lon] = point || [];
    const href = point ? `${OSM}/?mlat=${lat}&mlon=${lon}#map=17/${lat}/${lon}` : `${OSM}/search?query=${encodeURIComponent(address)}`;
    const made = make("div", { className: "about" }, address, make("a", { href, target: "_blank", rel: "noopener noreferrer", textContent: t.route }));
    if (!point) return made;
    const box = [lon - 0.004, lat - 0.002, lon + 0.004, lat + 0.002].map((one) => one.toFixed(6)).join(",");
    const src = `${OSM}/export/embed.html?bbox=${encodeURIComponent(box)}&layer=mapnik&marker=${encodeURIComponent(`${lat},${lon}`)}`;
    const show = make("button", { type: "button", className: "plain", textContent: t.map });
    show.onclick = () => show.replaceWith(make("iframe", { src, title: t.map, referrerPolicy: "no-referrer" }));
    made.append(show);
    return made;
  };
  const about = () => {
    const card = config.card && make("a", { href: base + config.card, textContent: t.card });
    const shown = [config.hours && hours(config.hours), config.map && map(config.map), card].filter(Boolean);
    return shown.length ? [make("div", { className: "about" }, ...shown)] : [];
  };
  const ways = { browser: [t.browser, talk], call_me: [t.callMe, callMe], form: [t.form, write] };
  opener.onclick = async () => {
    if (config.number && matchMedia("(pointer: coarse) and (max-width: 900px)").matches) {
      location.href = `tel:${config.number}`;
      return;
    }
    opener.hidden = true;
    panel.hidden = false;
    say("…");
    try { await enter(); } catch (problem) { say(problem.message || t.failed); return; }
    const offered = page.ways.map((way) => ways[way]).map(([textContent, onclick]) => make("button", { type: "button", textContent, onclick }));
    const note = page.open ? [] : [make("div", { textContent: t.closed })];
    panel.replaceChildren(...note, ...offered, ...about(), closer());
    (offered[0] || panel.lastChild).focus();
  };
};
