// Shortly before a session ends by itself, ask whether somebody is still there. Without this file the session
// ends all the same, and nothing typed is lost.
const WARNING = 120 // seconds
const LOOK_EVERY = 5000 // milliseconds; timers stop while a phone sleeps, so the clock is read each time
const SEEN = 'rc-seen' // in the browser's store: when any page of this browser last heard of us

export function askBeforeItEnds() {
  const place = document.querySelector('[data-idle]')
  if (!place) return
  const [asking, over] = place.querySelectorAll('template')
  const idle = Number(place.dataset.idle)
  let shown = null
  const show = (template) => {
    if (shown === template) return
    for (const note of place.querySelectorAll('.rc-note')) note.remove()
    shown = template
    if (template) place.append(template.content.cloneNode(true))
  }
  note()
  const opened = Date.now()
  const timer = setInterval(() => {
    const quiet = (Date.now() - lastSeen(opened)) / 1000
    if (quiet < idle - WARNING) return show(null)
    if (quiet >= idle) {
      clearInterval(timer)
      return show(over)
    }
    show(asking)
  }, LOOK_EVERY)
  place.addEventListener('click', async (event) => {
    if (!event.target.closest('button')) return
    try {
      const answer = await fetch('/me/here', { redirect: 'manual' })
      if (answer.status === 204) {
        note()
        show(null)
      } else {
        clearInterval(timer)
        show(over)
      }
    } catch (error) {
      // No connection: the question stays, to be answered again.
    }
  })
}

function note() {
  try {
    localStorage.setItem(SEEN, String(Date.now()))
  } catch (error) {
    // A browser without a store asks on each of its pages by itself.
  }
}

function lastSeen(opened) {
  try {
    return Math.max(opened, Number(localStorage.getItem(SEEN)) || 0)
  } catch (error) {
    return opened
  }
}
