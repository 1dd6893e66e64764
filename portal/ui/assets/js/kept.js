// What a register keeps on this phone until it has been sent: marks and numbers, never a name.
// One entry a session and person, read and written whole each time, so that two tabs lose nothing.
const PREFIX = 'register:'
let memory = null // where the browser keeps nothing: a page's own, lost when it is closed

function inMemory() {
  const values = new Map()
  memory = {
    getItem: (name) => values.get(name) ?? null,
    setItem: (name, value) => values.set(name, value),
    removeItem: (name) => values.delete(name),
    names: () => [...values.keys()],
  }
  return memory
}

function storage() {
  if (memory) return memory
  try {
    window.localStorage.setItem(PREFIX, '')
    window.localStorage.removeItem(PREFIX)
    return window.localStorage
  } catch {
    return inMemory()
  }
}

export const keepsNothing = () => Boolean(memory)

export function names(person = '') {
  const all = storage()
  const found = all.names ? all.names() : Object.keys(all)
  return found.filter((name) => name.startsWith(PREFIX + (person && person + ':')))
}

export const nameOf = (person, session) => `${PREFIX}${person}:${session}`

export function read(name) {
  try {
    return JSON.parse(storage().getItem(name)) || { taps: [] }
  } catch {
    return { taps: [] }
  }
}

export function write(name, entry) {
  if (!entry.taps.length) {
    storage().removeItem(name)
    return
  }
  try {
    storage().setItem(name, JSON.stringify(entry))
  } catch {
    // Full: from now on this page keeps them itself, and says so.
    inMemory().setItem(name, JSON.stringify(entry))
  }
}

// At sign-out nothing of a register stays on the phone. What has not been sent is asked about first.
export function forgetAtSignOut() {
  for (const form of document.querySelectorAll('form[action$="/sign-out"]')) {
    form.addEventListener('submit', (event) => {
      const kept = names()
      const words = kept.map((name) => read(name).leaving).find(Boolean)
      if (words && !window.confirm(words)) {
        event.preventDefault()
        return
      }
      for (const name of kept) storage().removeItem(name)
    })
  }
}
