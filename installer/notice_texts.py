"""What is said of a recording, in English, Russian and Spanish: sounds "recording-..." of the system (`ivr.notice`)."""

from __future__ import annotations

ENGLISH = {
    "recording-told": "This call is recorded.",
    "recording-asked": "This call may be recorded. If you agree, press 1. If you do not want to be recorded, press 2.",
    "recording-off": "Thank you. This call is not recorded.",
}

RUSSIAN = {
    "recording-told": "Разговор записывается.",
    "recording-asked": "Разговор может быть записан. Если вы согласны, нажмите один. Если вы против, нажмите два.",
    "recording-off": "Спасибо. Разговор не записывается.",
}

SPANISH = {
    "recording-told": "Esta llamada se graba.",
    "recording-asked": "Esta llamada puede grabarse. Si está de acuerdo, marque uno. Si no quiere que se grabe, marque dos.",
    "recording-off": "Gracias. Esta llamada no se graba.",
}
