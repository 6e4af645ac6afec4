/* The store with a script: the time that is left for a number, how far it is without asking again, and a card's token. */
(() => {
  const left = document.getElementById('left')
  if (left) {
    const until = Date.now() + 1000 * Number(left.dataset.seconds)
    const tick = () => {
      const s = Math.max(0, Math.round((until - Date.now()) / 1000))
      left.textContent = `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`
      if (s === 0) location.reload()
    }
    tick()
    setInterval(tick, 1000)
  }

  const look = async () => {
    const answer = await fetch(location.href, { headers: { Accept: 'text/html' } })
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const now = page.getElementById('progress')
    const here = document.getElementById('progress')
    if (!now) return location.reload()
    if (now.innerHTML !== here.innerHTML) here.innerHTML = now.innerHTML
    here.dataset.waits = now.dataset.waits
    document.getElementById('standing').textContent = page.getElementById('standing').textContent
    document.title = page.title
  }
  if (document.getElementById('progress')?.dataset.waits === 'yes') {
    const again = setInterval(() => {
      if (document.getElementById('progress').dataset.waits === 'yes') look().catch(() => undefined)
      else clearInterval(again)
    }, 3000)
  }

  const form = document.getElementById('pay')
  if (!form || !window.recurly) return
  recurly.configure(form.dataset.key)
  const elements = recurly.Elements()
  elements.CardElement().attach('#card')
  const trouble = document.getElementById('pay-trouble')
  const button = form.querySelector('button')
  form.addEventListener('submit', (event) => {
    if (form.elements.token.value) return
    event.preventDefault()
    button.disabled = true
    recurly.token(elements, form, (error, token) => {
      button.disabled = false
      trouble.hidden = !error
      trouble.textContent = error ? error.message : ''
      if (error) return
      form.elements.token.value = token.id
      form.submit()
    })
  })
})()
