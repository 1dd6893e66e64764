// Keep what somebody types on the server every few seconds: `<form data-autosave="address">`. What is sent is
// the form itself, with its token. Without this file the form is sent with its button, and nothing else changes.
const WAIT = 2000 // milliseconds from the first letter that is not kept to keeping it

export function keepTyping() {
  for (const form of document.querySelectorAll('form[data-autosave]')) keep(form)
}

function keep(form) {
  const said = form.querySelector('[data-autosave-said]')
  let timer = null
  let unsent = false

  async function send() {
    timer = null
    unsent = false
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: 'POST',
        body: new FormData(form),
        redirect: 'manual',
      })
      if (answer.status !== 204) throw new Error(String(answer.status))
      if (said) said.textContent = said.dataset.saved
    } catch (error) {
      unsent = true
      if (said) said.textContent = said.dataset.unsaved
      timer = timer || setTimeout(send, 2 * WAIT)
    }
  }

  form.addEventListener('input', () => {
    unsent = true
    timer = timer || setTimeout(send, WAIT)
  })
  // A phone that is put away may never come back to this page.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden' && unsent) {
      unsent = false
      navigator.sendBeacon(form.dataset.autosave, new FormData(form))
    }
  })
  form.addEventListener('submit', () => {
    clearTimeout(timer)
    timer = null
    unsent = false
  })
}
