// What a register keeps on this phone until it has been sent: marks and numbers, and names of people who
// came without a place, which only the person who typed them can open (`sealed.js`).
// One entry a session and person, read and written whole each time, so that two tabs lose nothing.
import { forgetCopies, tidyCopies } from './copies.js'

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
  const nothing = { taps: [], came: [] }
  try {
    return { ...nothing, ...JSON.parse(storage().getItem(name)) }
  } catch {
    return nothing
  }
}

export const isUnsent = ({ taps, came }) => taps.length + came.length > 0

export function write(name, entry) {
  if (!isUnsent(entry)) {
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

// Every page says who is signed in: copies of somebody else's registers are deleted, and those of a day
// that is over. An error page may not know, and says nothing.
export function tidyUp() {
  const { who } = document.body.dataset
  if (who !== undefined) tidyCopies(who).catch(() => {}) // a browser that lets nobody look keeps nothing
}

// At sign-out nothing that was this person's stays on the phone. What has not been sent is asked about first.
// Somebody else's marks are not theirs to throw away: they wait, as numbers, for whoever made them.
export function forgetAtSignOut() {
  for (const form of document.querySelectorAll('form[action$="/sign-out"]')) {
    form.addEventListener('submit', (event) => {
      const { who } = document.body.dataset
      const kept = who ? names(who) : []
      const words = kept.map((name) => read(name).leaving).find(Boolean)
      if (words && !window.confirm(words)) {
        event.preventDefault()
        return
      }
      for (const name of kept) storage().removeItem(name)
      forgetCopies().catch(() => {}) // the page that comes next does it again
    })
  }
}
