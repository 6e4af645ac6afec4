(() => {
  const place = document.getElementById("InfratelContactWidget");
  const tenant = place && place.dataset.tenantid;
  if (!tenant || !/^[a-z0-9][a-z0-9_-]{0,62}$/.test(tenant)) return;
  const script = document.createElement("script");
  script.async = true;
  script.src = new URL(`/cqjs/${tenant}.js`, document.currentScript ? document.currentScript.src : place.dataset.url);
  document.head.append(script);
})();
