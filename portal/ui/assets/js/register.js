// The register on a phone: one tap a mark, each sent by itself, kept here while there is no connection.
//
// A tap has a key of its own, so that sending it again has no second effect, and the version of the mark
// that it was based on, so that somebody else's mark is never overwritten unseen. Of the taps on one
// person only the first is sent; the next is based on what came of it.
import { asksAgain } from './ahead.js'
import { startAway } from './away.js'
import { forgetCopies } from './copies.js'
import { keepsNothing, nameOf, names, read, write } from './kept.js'
import { randomHex } from './sealed.js'

const PAUSES = [2, 5, 15, 30, 60] // seconds between tries
const PATIENCE = 20_000 // milliseconds for an answer
const SIGN_IN_AGAIN = [400, 401, 403] // signed out meanwhile, or the page is too old

const form = document.querySelector('form[data-register]')
if (form) startRegister(form)

function startRegister(form) {
  const { person, register, marks, signIn } = form.dataset
  const words = JSON.parse(form.dataset.words)
  const own = nameOf(person, register)
  const state = form.querySelector('[data-state]')
  const undo = form.querySelector('[data-undo]')
  const places = [...form.querySelectorAll('[data-place]')]
  const byId = new Map(places.map((place) => [Number(place.dataset.place), place]))
  const before = [] // for "Undo": [place, the mark it had]
  let token = form.querySelector('[name=csrf_token]').value
  let busy = false
  let tries = 0
  let timer = 0
  let trouble = ''
  let renewed = 0
  const away = startAway(form, own, words, keep)

  for (const one of form.querySelectorAll('[data-save]')) one.hidden = true
  for (const place of places) place.dataset.said = chosen(place)
  for (const tap of read(own).taps) show(byId.get(tap.place), tap)
  refresh()
  send()
  away.begin()
  away.marks().then(catchUp)

  form.addEventListener('change', (event) => {
    const place = event.target.closest('[data-place]')
    if (!place) return
    const { value } = event.target
    if (asksAgain(place, value, words.ahead.replace('{mark}', wordsOf(place, value)))) {
      return choose(place, place.dataset.said)
    }
    before.push([place, place.dataset.said])
    tapped(place, value)
  })
  form.addEventListener('submit', (event) => event.preventDefault())
  undo.addEventListener('click', () => {
    const [place, mark] = before.pop()
    choose(place, mark)
    tapped(place, mark)
    place.querySelector('input:checked')?.focus()
  })
  window.addEventListener('online', comeBack)
  window.addEventListener('offline', () => refresh())
  window.addEventListener('storage', () => refresh())
  document.addEventListener('visibilitychange', () => document.hidden || send())

  // On a copy: the marks that were sent since it was made. A mark's version only ever grows.
  function catchUp(marks) {
    const { taps } = read(own)
    for (const [id, [mark, version]] of Object.entries(marks)) {
      const place = byId.get(Number(id))
      if (!place || version <= Number(place.dataset.version)) continue
      place.dataset.version = version
      if (!taps.some((tap) => tap.place === Number(id))) choose(place, mark)
    }
    refresh()
  }

  function chosen(place) {
    return place.querySelector('input[type=radio]:checked')?.value ?? ''
  }

  function choose(place, mark) {
    const id = `mark-${place.dataset.place}-${mark || 'none'}`
    document.getElementById(id).checked = true
    place.dataset.said = mark
  }

  function wordsOf(place, mark) {
    const id = `mark-${place.dataset.place}-${mark || 'none'}`
    return place.querySelector(`label[for="${id}"]`).textContent
  }

  function tapped(place, mark) {
    place.dataset.said = mark
    place.querySelector('.rc-tick__others')?.remove()
    const entry = read(own)
    const id = Number(place.dataset.place)
    const earlier = entry.taps.filter((tap) => tap.place === id)
    const last = earlier[earlier.length - 1]
    // A tap that was never sent, or was refused, is replaced: nobody has seen it.
    const replaces = last && (!last.sent || last.conflict) ? last : null
    const version = replaces?.conflict ? replaces.conflict.version : Number(place.dataset.version)
    const tap = { key: randomHex(), place: id, mark, version, at: new Date().toISOString() }
    if (replaces) {
      if (!replaces.conflict) tap.version = replaces.version
      entry.taps.splice(entry.taps.indexOf(replaces), 1)
    }
    keep({ ...entry, taps: [...entry.taps, tap] })
    tries = 0
    send()
  }

  function keep(entry) {
    write(own, { ...entry, marks, leaving: words.leaving })
    refresh()
  }

  // A copy has to ask: the phone only believes that there is a connection.
  async function comeBack() {
    await send()
    if (away.seemsBack() && (await newToken())) refresh()
  }

  function nextTaps(entry) {
    const seen = new Set()
    return entry.taps.filter((tap) => {
      const first = !seen.has(tap.place)
      seen.add(tap.place)
      return first && !tap.conflict
    })
  }

  async function send() {
    if (busy) return
    window.clearTimeout(timer)
    busy = true
    try {
      // Marks of other sessions that this person kept here go along.
      for (const name of [own, ...names(person).filter((one) => one !== own)]) {
        while (nextTaps(read(name)).length) if (!(await sendOnce(name))) return
      }
      tries = 0
    } finally {
      busy = false
      refresh()
      if (trouble === 'kept') {
        timer = window.setTimeout(send, PAUSES[Math.min(tries, PAUSES.length - 1)] * 1000)
        tries += 1
      }
    }
  }

  async function sendOnce(name) {
    if (window.navigator.onLine === false) return stop('kept') // never tried, so it can still be replaced
    const entry = read(name)
    const taps = nextTaps(entry)
    for (const tap of taps) tap.sent = true
    write(name, entry)
    trouble = ''
    refresh()
    const body = new URLSearchParams({
      csrf_token: token,
      taps: JSON.stringify(taps.map(({ key, place, mark, version, at }) => ({ key, place, mark, version, at }))),
    })
    const answer = await ask(entry.marks || marks, { method: 'POST', body, headers: { Accept: 'application/json' } })
    if (!answer || answer.status >= 500 || answer.status === 429) return stop('kept')
    if (SIGN_IN_AGAIN.includes(answer.status)) return await newToken()
    if (!answer.ok) return stop('refused')
    const said = await answer.json().catch(() => null)
    if (!said) return stop('kept')
    renewed = 0
    const sent = said.answers.map((one) => settle(name, one)).filter(Boolean)
    away.sent(name, (entry.marks || marks).replace(/\/marks$/, ''), sent)
    return true
  }

  async function ask(url, options) {
    const control = new AbortController()
    const late = window.setTimeout(() => control.abort(), PATIENCE)
    try {
      const answer = await fetch(url, { ...options, credentials: 'same-origin', signal: control.signal })
      away.reached()
      return answer
    } catch {
      return null // no connection; or the answer was lost, and the taps go again with the same keys
    } finally {
      window.clearTimeout(late)
    }
  }

  function stop(why) {
    trouble = why
    return false
  }

  // The page's token is out of date, or nobody is signed in any more: the page itself says which.
  async function newToken() {
    const answer = await ask(window.location.href, {})
    if (!answer || answer.status >= 500) return stop('kept')
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const fresh = page.querySelector('form[data-register]')
    if (!fresh || fresh.dataset.person !== person) {
      forgetCopies().catch(() => {}) // the marks stay, as numbers, until this person signs in again
      return stop(fresh ? 'other_person' : 'sign_in')
    }
    token = fresh.querySelector('[name=csrf_token]').value
    renewed += 1
    return renewed > 3 ? stop('refused') : true
  }

  // What is in the register now, as [place, mark, version]; nothing when there is something to choose.
  function settle(name, { key, came, mark, version, others }) {
    const entry = read(name)
    const tap = entry.taps.find((one) => one.key === key)
    if (!tap) return
    if (came === 'conflict') {
      tap.conflict = { mark, version, others }
    } else {
      entry.taps.splice(entry.taps.indexOf(tap), 1)
      for (const later of entry.taps) if (later.place === tap.place) later.version = version
    }
    write(name, entry)
    const place = name === own && byId.get(tap.place)
    if (place && came === 'gone') gone(place)
    if (place && came === 'conflict') show(place, tap)
    if (came !== 'taken') return
    if (place) {
      place.dataset.version = version
      if (!entry.taps.some((one) => one.place === tap.place)) choose(place, mark)
    }
    return [tap.place, mark, version]
  }

  function show(place, tap) {
    if (!place) return
    choose(place, tap.mark)
    if (!tap.conflict) return
    place.querySelector('.rc-tick__others')?.remove()
    const note = document.createElement('div')
    note.className = 'rc-tick__others'
    const said = document.createElement('p')
    said.textContent = tap.conflict.others
    const theirs = button(words.theirs.replace('{mark}', wordsOf(place, tap.conflict.mark)))
    const mine = button(words.mine.replace('{mark}', wordsOf(place, tap.mark)))
    note.append(said, theirs, mine)
    place.querySelector('legend').after(note)
    theirs.addEventListener('click', () => {
      const entry = read(own)
      keep({ ...entry, taps: entry.taps.filter((one) => one.place !== tap.place) })
      place.dataset.version = tap.conflict.version
      choose(place, tap.conflict.mark)
      away.sent(own, form.getAttribute('action'), [[tap.place, tap.conflict.mark, tap.conflict.version]])
      note.remove()
      refresh()
      place.querySelector('input:checked').focus()
    })
    mine.addEventListener('click', () => {
      tapped(place, tap.mark)
      place.querySelector('input:checked').focus()
    })
  }

  function button(text) {
    const made = document.createElement('button')
    made.type = 'button'
    made.className = 'govuk-button govuk-button--secondary'
    made.textContent = text
    return made
  }

  function gone(place) {
    const note = document.createElement('p')
    note.className = 'rc-tick__others'
    note.textContent = words.gone
    place.querySelector('legend').after(note)
    for (const input of place.querySelectorAll('input')) input.disabled = true
  }

  function refresh() {
    const { taps } = read(own)
    const marked = places.filter((place) => chosen(place)).length
    form.querySelector('[data-progress]').textContent = words.progress
      .replace('{marked}', marked)
      .replace('{places}', places.length)
    undo.hidden = !before.length
    away.refresh(trouble === 'kept')
    const choices = taps.some((tap) => tap.conflict)
    const waiting = taps.some((tap) => !tap.conflict)
    const which = !taps.length ? 'saved' : trouble || (waiting ? 'sending' : choices ? 'choose' : 'saved')
    const text = keepsNothing() && which === 'kept' ? words.nowhere : words[which]
    const nothing = which === 'saved' && !marked
    const full = (nothing ? '' : text + (choices && which !== 'choose' ? ' ' + words.choose : '')).replace('{kept}', new Set(taps.map((tap) => tap.place)).size)
    form.dataset.state = which
    state.classList.toggle('rc-register__state--kept', !['saved', 'sending'].includes(which))
    if (state.dataset.text === full) return
    state.dataset.text = full
    state.textContent = full + ' '
    if (['sign_in', 'other_person'].includes(which)) {
      const link = document.createElement('a')
      link.href = signIn
      link.textContent = words.sign_in_link
      state.append(link)
    }
  }
}
