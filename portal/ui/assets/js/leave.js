// "Leave this page": replaces this page in the history, so Back does not return to it. Three presses of
// Escape within two seconds do the same, for somebody with a hand on the keyboard.
const PRESSES = 3
const WITHIN_MS = 2000

export function leavePage() {
  const link = document.querySelector('[data-leave]')
  if (!link) return
  const leave = () => {
    // The page goes blank at once, while the other one is still on its way.
    document.title = '\u00a0'
    document.body.hidden = true
    window.location.replace(link.href)
  }
  link.addEventListener('click', (event) => {
    event.preventDefault()
    leave()
  })
  let presses = []
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    presses = presses.filter((at) => event.timeStamp - at < WITHIN_MS)
    presses.push(event.timeStamp)
    if (presses.length >= PRESSES) leave()
  })
}
