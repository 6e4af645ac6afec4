"""The web apps: one file each, mounted by `registry` with host, prefix and auth policy.

    registry      the tuple of all web apps; a test holds every route against it
    webui         sign-in pages and the shell of the browser application; `packed` sends its files
    file_handler  recordings and voicemail with ranges and conditional requests
    sms_listener  text messages and receipts that suppliers bring
    clickconnect, contact_api    for pages of other sites, with what they share in `sites` and `widget_script`
    yandex_app    call tracking
    push_proxy    what pages need to be woken; a push by hand
    partners/     store-fronts of partners
    mightycall_store, combined_login    old addresses
    react_store   a contact page and an inbox for nothing
    new_store     a stranger becomes a company: pages without script, and JSON
    countrycom    countries, prefixes, prices
    recurly_hook  Recurly says that an account changed
    health        /healthz for balancers, /metrics for Prometheus
    api/          /api/v1, one file per noun
    mobile/       what apps on telephones ask for

May import: flask, mgmt.http.door, mgmt.http.body, mgmt.usecases, mgmt.http.errors, mgmt.http.wire, mgmt.access.auth (policies).
"""
