// The copies of registers on this phone: whole pages, with names. So they are one person's, and one day's.
// The worker makes and shows them, the register adds to them, and every page of the portal clears them up.
const COPIES = 'register-copies'
const HERE = { cacheName: COPIES, ignoreVary: true }
const MAY_KEEP = 'Register-Copy' // the college's word, in its answer: whose the copy is, and until when
const HIDDEN = '<div data-copy hidden' // the notice that it is a copy; it comes with the page, in its language
const FILES = /\/assets\/[\w.-]+/g

// Beside a copy: that something of it has not been sent yet; the marks that were, since it was made.
export const UNSENT = '?unsent'
export const MARKS = '?marks'

// Browsers have no such store on an address without TLS.
const able = () => 'caches' in self

// One after the other, pages and worker: what is just being written must not bring back what is just forgotten.
const alone = (work) => (self.navigator.locks ? self.navigator.locks.request(COPIES, work) : work())

export async function forgetCopies() {
  if (able()) await alone(() => caches.delete(COPIES))
}

// All copies, the latest last.
export async function copies() {
  if (!able() || !(await caches.has(COPIES))) return []
  const cache = await caches.open(COPIES)
  const found = []
  for (const { url } of await cache.keys()) {
    const { pathname: path, search } = new URL(url)
    const page = search ? null : await cache.match(url, { ignoreVary: true })
    if (!page || !page.headers.has(MAY_KEEP)) continue
    const [person, until] = page.headers.get(MAY_KEEP).split(' ')
    found.push({ path, person, until: Date.parse(until), page })
  }
  return found
}

// Deletes what was somebody else's, and what is of another day unless some of it has not been sent.
export async function tidyCopies(person) {
  const all = await copies()
  if (person !== undefined && all.some((one) => one.person !== person)) return forgetCopies()
  let left = all.length
  for (const { path, until } of all) {
    if (until > Date.now() || (await caches.match(path + UNSENT, HERE))) continue
    await dropCopy(path)
    left -= 1
  }
  if (all.length && !left) await forgetCopies() // the files too
}

export async function dropCopy(path) {
  if (!able() || !(await caches.has(COPIES))) return
  const cache = await caches.open(COPIES)
  for (const what of ['', UNSENT, MARKS]) await cache.delete(path + what, { ignoreVary: true })
}

export async function copyOf(path) {
  await tidyCopies()
  return able() ? caches.match(path, HERE) : undefined
}

// Keeps an answer, with the files that its page needs, if the college says that it may be kept.
export async function keepCopy(path, answer) {
  if (!able() || !answer.ok || !answer.headers.has(MAY_KEEP)) return false
  await tidyCopies(answer.headers.get(MAY_KEEP).split(' ')[0])
  const html = await answer.text()
  const headers = new Headers(answer.headers)
  for (const name of ['Content-Encoding', 'Content-Length', 'Vary']) headers.delete(name)
  await alone(async () => {
    const cache = await caches.open(COPIES)
    await cache.put(path, new Response(html.replace(HIDDEN, '<div data-copy'), { headers }))
  })
  for (const file of html.match(FILES) || []) {
    if (await caches.match(file, HERE)) continue
    const came = await fetch(file)
    if (!came.ok) throw new Error(file)
    await beside(path, (cache) => cache.put(file, came))
  }
  return true
}

export async function noteBeside(path, what, value) {
  const note = value && new Response(JSON.stringify(value))
  if (able()) await beside(path, (cache) => (note ? cache.put(path + what, note) : cache.delete(path + what)))
}

// Writes beside a copy, where there still is one.
function beside(path, write) {
  return alone(async () => (await caches.match(path, HERE)) && write(await caches.open(COPIES)))
}

export async function readBeside(path, what) {
  const note = able() && (await caches.match(path + what, HERE))
  return note ? note.json() : null
}

export async function keptFile(request) {
  return able() ? caches.match(request, HERE) : undefined
}
