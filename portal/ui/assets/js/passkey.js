// Passkeys: asks the browser for one, and sends its answer with an ordinary form. Without this file, or in a
// browser that knows no passkeys, the forms stay hidden and the other ways to sign in are on the page.
const bytes = (text) => {
  const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0))
}
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '')

const withBytes = (list) => (list || []).map((item) => ({ ...item, id: bytes(item.id) }))

async function ask(form) {
  const answer = await fetch(form.dataset.asks, { headers: { Accept: 'application/json' } })
  if (!answer.ok || answer.redirected) throw new Error('not told what to ask')
  const publicKey = await answer.json()
  publicKey.challenge = bytes(publicKey.challenge)
  if (form.dataset.passkey === 'create') {
    publicKey.user.id = bytes(publicKey.user.id)
    publicKey.excludeCredentials = withBytes(publicKey.excludeCredentials)
    return navigator.credentials.create({ publicKey })
  }
  publicKey.allowCredentials = withBytes(publicKey.allowCredentials)
  return navigator.credentials.get({ publicKey })
}

function written(credential) {
  const from = credential.response
  const response = { clientDataJSON: text(from.clientDataJSON) }
  if (from.attestationObject) {
    response.attestationObject = text(from.attestationObject)
  } else {
    response.authenticatorData = text(from.authenticatorData)
    response.signature = text(from.signature)
    if (from.userHandle) response.userHandle = text(from.userHandle)
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults()
  })
}

function prepare(form) {
  const trouble = form.querySelector('[role="alert"]')
  const button = form.querySelector('button')
  form.hidden = false
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (button.disabled) return
    button.disabled = true
    trouble.querySelectorAll('p').forEach((line) => line.remove())
    try {
      form.elements.credential.value = written(await ask(form))
      HTMLFormElement.prototype.submit.call(form) // a button of the form may be called "submit"
    } catch (error) {
      // Most often the person thought better of it, which is no fault.
      button.disabled = false
      trouble.append(trouble.querySelector('template').content.cloneNode(true))
      button.focus()
    }
  })
}

if (window.PublicKeyCredential && navigator.credentials) {
  for (const none of document.querySelectorAll('[data-passkey-none]')) none.hidden = true
  for (const form of document.querySelectorAll('form[data-passkey]')) prepare(form)
}
