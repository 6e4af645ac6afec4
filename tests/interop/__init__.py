"""Real parts against a real node: pjsua2, pyVoIP, SIPp, Chromium."""
