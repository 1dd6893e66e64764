// A register without a connection: keeps a copy of the page on the phone, says when the page is that copy,
// and writes beside it what the copy itself cannot know.
import { copies, keepCopy, MARKS, noteBeside, readBeside, tidyCopies, UNSENT } from './copies.js'
import { startCame } from './came.js'
import { isUnsent, read } from './kept.js'

export function startAway(form, own, words, keep) {
  const path = form.getAttribute('action')
  const { worker, scope } = form.dataset
  const notice = document.querySelector('[data-copy]')
  const isCopy = !notice.hidden
  const came = startCame(own, words, keep)
  let reached = !isCopy
  let notes = Promise.resolve() // one after the other: each is read and written whole

  async function startWorker() {
    await navigator.serviceWorker.register(worker, { scope })
    // The worker keeps a page as it comes in. This one came before there was a worker.
    const isKept = navigator.serviceWorker.controller || (await keepCopy(path, await fetch(path)))
    document.querySelector('[data-copy-help]').hidden = !isKept
    noteUnsent(own, path)
  }

  async function sayThatItIsACopy() {
    // Said once, when the page was made; a copy would say it again and again.
    for (const message of document.querySelectorAll('main > .rc-note[role]')) message.remove()
    notice.querySelector('[data-elsewhere]').hidden = window.location.hash !== '#elsewhere'
    const others = (await copies()).filter((one) => one.path !== path)
    const links = await Promise.all(others.map(linkTo))
    const list = notice.querySelector('[data-others]')
    list.querySelector('ul').append(...links)
    list.hidden = !links.length
  }

  async function linkTo({ path: href, page }) {
    const there = new DOMParser().parseFromString(await page.text(), 'text/html')
    const link = document.createElement('a')
    link.href = href
    link.textContent = `${there.querySelector('h1').textContent}, ${there.querySelector('.rc-register__when').textContent}`
    const item = document.createElement('li')
    item.append(link)
    return item
  }

  function next(write) {
    notes = notes.then(write).catch(() => {}) // what cannot be noted is asked of the college again
    return notes
  }

  function noteUnsent(name, page) {
    next(() => noteBeside(page, UNSENT, isUnsent(read(name))))
  }

  return {
    begin() {
      came.begin()
      if (isCopy) sayThatItIsACopy()
      else if (worker) startWorker().catch(() => {}) // a browser without workers goes on without a copy
    },

    marks: async () => (isCopy && (await readBeside(path, MARKS).catch(() => null))) || {},

    // Marks of a register that have reached the college: [place, mark, version] each.
    sent(name, page, marks) {
      next(async () => {
        const before = (await readBeside(page, MARKS)) || {}
        for (const [place, mark, version] of marks) before[place] = [mark, version]
        await noteBeside(page, MARKS, before)
      })
      noteUnsent(name, page)
      next(() => tidyCopies()) // a copy of another day was only kept for what was not sent
    },

    // The college has answered.
    reached() {
      if (reached) return
      reached = true
      notice.classList.remove('rc-note--warn')
      notice.querySelector('[data-none]').hidden = true
      notice.querySelector('[data-back]').hidden = false
    },

    seemsBack: () => isCopy && !reached,

    refresh(noAnswer) {
      came.refresh(noAnswer || !reached || navigator.onLine === false)
      noteUnsent(own, path)
    },
  }
}
