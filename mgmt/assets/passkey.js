/* The button of the sign-in page: asks the browser for a passkey of this site, and goes on when the server takes it. */
(() => {
  const button = document.getElementById('passkey')
  const trouble = document.getElementById('passkey-trouble')
  if (!button || !window.PublicKeyCredential?.parseRequestOptionsFromJSON) return
  button.hidden = false
  const post = async (path, body) => {
    const answer = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
    const said = await answer.json()
    if (!answer.ok) throw new Error(said.detail)
    return said
  }
  button.addEventListener('click', async () => {
    trouble.hidden = true
    try {
      const { ticket, options } = await post('/login/passkey/options', {})
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
      const credential = await navigator.credentials.get({ publicKey })
      await post('/login/passkey', { ticket, credential: credential.toJSON() })
      location.assign(button.dataset.next)
    } catch (error) {
      if (error.name === 'NotAllowedError') return
      trouble.textContent = error.message
      trouble.hidden = false
    }
  })
})()
