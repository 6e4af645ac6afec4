"""What an operator gives to Prometheus and Grafana: recording rules and alerts, and three dashboards.

    rules.yml       rules, as Prometheus reads them
    dashboards      the dashboards: one row a panel; their Grafana JSON
    names           which metrics an expression uses: what tests hold against a real /metrics

`softswitch dashboards export DIR` writes all of it. May import: nothing of ours.
"""
