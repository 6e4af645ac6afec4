"""Numbers, dates, times and money as they are said: text that a voice speaks, by the grammar of each language. Pure.

Reading order: `english`, `russian`, `spanish` (one grammar each, the same functions), `speech` (the grammar of a language),
`template` (text in which variables stand), `words` (the few phrases that nodes make themselves).

May import: nothing of ours.
"""
