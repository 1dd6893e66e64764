// Behind the pages of the registers: shows the copy of a register while there is no connection.
//
// The network comes first, always. What it says is heeded even when a copy has been shown meanwhile: a
// register is kept anew, and whoever is signed out, or may not see it any more, has no copy from then on.
import { copies, copyOf, dropCopy, forgetCopies, keepCopy, keptFile } from './copies.js'

const PATIENCE = 4000 // milliseconds: longer is as good as no connection, for whoever stands in a hall
const REGISTER = /^\/registers\/\d+$/
const CAME = /^(\/registers\/\d+)\/came$/
const GONE = [404, 410]
const NOBODY = [401, 403]

self.addEventListener('install', () => self.skipWaiting())

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (url.origin !== self.location.origin) return
  if (request.mode === 'navigate') {
    if (REGISTER.test(url.pathname) && request.method === 'GET') event.respondWith(register(event, url))
    else if (request.method === 'GET' || CAME.test(url.pathname)) event.respondWith(other(request, url))
  } else if (url.pathname.startsWith('/assets/')) {
    // Their addresses change with what is in them, so a kept one is as good as the network's.
    event.respondWith(keptFile(request).then((file) => file || fetch(request)))
  }
})

async function register(event, url) {
  const answer = fetch(event.request)
  event.waitUntil(answer.then((came) => heed(url, came.clone())).catch(() => {}))
  const copy = await copyOf(url.pathname)
  if (!copy) return other(event.request, url, answer)
  return Promise.race([answer.catch(() => copy), later(copy)])
}

async function heed(url, answer) {
  // A redirect leads to the sign-in page.
  if (answer.type === 'opaqueredirect' || NOBODY.includes(answer.status)) return forgetCopies()
  if (url.search || answer.status >= 500 || answer.status === 429) return
  if (!(await keepCopy(url.pathname, answer)) && (answer.ok || GONE.includes(answer.status))) await dropCopy(url.pathname)
}

// A page that is not kept. Without a connection, back to the register: its script says why, and takes a
// name that was being looked for.
async function other(request, url, answer = fetch(request)) {
  try {
    return await answer
  } catch (error) {
    const kept = await copies()
    const [, own] = CAME.exec(url.pathname) || []
    if (own && kept.some(({ path }) => path === own)) {
      return Response.redirect(`${own}#came=${encodeURIComponent(url.searchParams.get('name') || '')}`)
    }
    if (kept.length) return Response.redirect(`${kept[kept.length - 1].path}#elsewhere`)
    throw error
  }
}

function later(copy) {
  return new Promise((resolve) => {
    self.setTimeout(() => resolve(copy), PATIENCE)
  })
}
