// Who came without a place while there is no connection. Nobody can look up here who they are, nor whether
// there is a place: so their name is kept, and whoever leads is asked as soon as there is a connection.
import { read } from './kept.js'
import { canSeal, randomHex, seal, unseal } from './sealed.js'

export function startCame(own, words, keep) {
  const section = document.querySelector('[data-came]')
  if (!section || !canSeal()) return { begin() {}, refresh() {} }
  const { came: address, seal: lock } = section.dataset
  const form = section.querySelector('form')
  const input = form.querySelector('input')
  const group = input.closest('.govuk-form-group')
  const said = section.querySelector('[role=status]')
  const list = document.querySelector('[data-came-kept]')
  const link = document.querySelector('[data-came-link]')
  let isAway = false

  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const name = input.value.trim()
    complain(!name)
    if (!name) return
    const one = { key: randomHex(), sealed: await seal(lock, name) }
    const entry = read(own)
    keep({ ...entry, came: [...entry.came, one] })
    input.value = ''
    said.textContent = words.came_kept.replace('{name}', name)
    input.focus()
    await show()
  })

  // Sent here by the worker with a name that was being looked for, or by the college once one is written down.
  function fromAddress() {
    const [, came] = /^#came=(.*)$/.exec(window.location.hash) || []
    const [, written] = /^#written-(\w+)$/.exec(window.location.hash) || []
    if (written) takeOff(written)
    if (came !== undefined) {
      input.value = decodeURIComponent(came)
      section.hidden = false
      input.focus()
    }
    if (written || came !== undefined) window.history.replaceState(null, '', window.location.pathname)
  }

  function complain(wrong) {
    group.classList.toggle('govuk-form-group--error', wrong)
    input.classList.toggle('govuk-input--error', wrong)
    group.querySelector('.govuk-error-message').hidden = !wrong
    if (wrong) input.focus()
  }

  function takeOff(key) {
    const entry = read(own)
    keep({ ...entry, came: entry.came.filter((one) => one.key !== key) })
  }

  async function show() {
    const names = await Promise.all(
      read(own).came.map(async ({ key, sealed }) => ({ key, name: await unseal(lock, sealed) })),
    )
    const lines = list.querySelector('ul')
    lines.textContent = ''
    lines.append(...names.map(line))
    list.hidden = !names.length
    list.querySelector('[data-away]').hidden = !isAway
    list.querySelector('[data-back]').hidden = isAway
  }

  // For those who hear the buttons one by one.
  function whom(name) {
    const hidden = document.createElement('span')
    hidden.className = 'govuk-visually-hidden'
    hidden.textContent = `: ${name}`
    return hidden
  }

  function line({ key, name }) {
    const item = document.createElement('li')
    const shown = document.createElement('strong')
    shown.textContent = name || words.came_unreadable
    item.append(shown)
    const buttons = document.createElement('p')
    buttons.className = 'rc-actions'
    if (name && !isAway) {
      const write = document.createElement('a')
      write.className = 'govuk-button'
      write.href = `${address}?${new URLSearchParams({ name, kept: key })}`
      write.append(words.came_write, whom(name))
      buttons.append(write)
    }
    const off = document.createElement('button')
    off.type = 'button'
    off.className = 'govuk-button govuk-button--secondary'
    off.append(words.came_off, whom(shown.textContent))
    off.addEventListener('click', () => {
      if (!window.confirm(words.came_sure.replace('{name}', shown.textContent))) return
      takeOff(key)
      show().then(() => document.getElementById('main').focus())
    })
    buttons.append(off)
    item.append(buttons)
    return item
  }

  return {
    begin() {
      fromAddress()
      show()
    },

    refresh(away) {
      section.hidden = !away && !input.value
      link.hidden = away
      if (away === isAway) return
      isAway = away
      show()
    },
  }
}
